"""The live page of the embedded study: answers, refusals, headers, many at once."""

import datetime as dt
import json
import socket
import sys
import time
from dataclasses import dataclass
from typing import Any

import anyio
import httpx
import pytest

from geoplan.app.answers import STAGES, Live
from geoplan.app.desk import Desk
from geoplan.app.serve import serve_study
from geoplan.app.site import is_our_host, make_app
from geoplan.app.state import first_state, read_state
from geoplan.app.workers import answer_in_worker, start_workers
from geoplan.errors import DataError, MissingExtraError
from geoplan.heavy_haul.plan import plan_transport
from geoplan.routing.points import find_node
from geoplan.study import read_study
from geoplan.vehicles.load import Load

URL = "http://127.0.0.1:8050"


@pytest.fixture(scope="module")
def live():
    return Live(read_study("ludvika"))


@pytest.fixture(scope="module")
def client(live):
    desk = Desk()
    yield Client(make_app(live, desk, lang="sv"))
    desk.close()


@dataclass(frozen=True)
class Client:
    """Asks the application without a network."""

    app: Any

    def get(self, path, **options):
        return self.ask("GET", path, **options)

    def ask(self, method, path, **options):
        async def once():
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=URL) as client:
                return await client.request(method, path, **options)

        return anyio.run(once)


def test_the_plan_is_that_of_the_library(live, client):
    answer = client.get("/api/plan?weight=390&height=5.5&destination=koping_port&lang=en").json()
    network = live.study.network
    ends = [network.nodes.index[find_node(network, name)] for name in ("Hitachi Energy Ludvika", "Köping port")]
    plan = plan_transport(network, *ends, Load("l", 390, 10.5, 4.0, 5.5))
    assert answer["verdict"] == {"ok": "ok", "unknown": "open", "not_ok": "no"}[plan.verdict]
    cost = next(fact["value"] for fact in answer["facts"] if fact["name"] == "cost")
    assert cost.split("\xa0")[0] == f"{plan.cost_sek / 1e6:.2f}"
    modes = [row[1] for row in answer["tables"]["calendar"]["rows"]]
    assert modes == [
        {"transfer": "transfer", "road": "road", "rail": "railway", "sea": "sea"}[m] for m in plan.legs["mode"]
    ]


def test_margins_come_with_the_worst_first_and_say_how_many_sections(client):
    table = client.get("/api/plan").json()["tables"]["margins"]
    assert table["marks"] == sorted(table["marks"], key=["not_ok", "unknown", "ok"].index)
    assert any("sträckor till" in row[0] for row in table["rows"])
    assert not any("_" in head["text"] for head in table["heads"])


def test_any_port_is_the_cheapest_of_all(live, client):
    costs = {}
    for port in ["", *live.choices.ports]:
        facts = client.get("/api/plan", params={"destination": port, "lang": "en"}).json()["facts"]
        costs[port] = next((fact["value"] for fact in facts if fact["name"] == "cost"), None)
    best = costs.pop("")
    assert best == min((cost for cost in costs.values() if cost), key=lambda text: float(text.split("\xa0")[0]))


def test_closing_a_structure_closes_what_it_carries(live):
    state = read_state([("closed", "st_stubinfabriksbron")], live.choices, "sv")
    network = live.network(state)
    ways = set(network.edges.loc[network.edges["status"] == "closed", "way_id"])
    assert {"rail_bb_lg_04", "road_50_dalporten"} <= ways
    assert live.network(state) is network  # kept warm


def test_a_day_gives_dates_and_what_holds_then(client):
    answer = client.get("/api/plan?day=2027-04-12&lang=en").json()
    heads = [head["text"] for head in answer["tables"]["calendar"]["heads"]]
    assert {"Starts", "Ends", "Condition"} <= set(heads)
    assert [note["title"] for note in answer["notes"]] == ["Spring thaw"]
    assert client.get("/api/plan?day=2027-07-12").json()["notes"] == []


def test_a_vehicle_that_cannot_take_the_load_is_said_in_words(client):
    answer = client.get("/api/plan?vehicle=q73&weight=450")
    assert answer.status_code == 400
    assert answer.json()["error"] == "järnvägsvagn Q73, 30 axlar tar inte lasten: tar 400 t."


def test_the_envelope_holds_the_load_that_passes(client):
    for weight, height in ((320, 4.6), (390, 5.5), (700, 4.6)):
        query = {"weight": weight, "height": height}
        lines = client.get("/api/envelope", params=query).json()["lines"]
        inside = any((top is None or top >= height) and most >= weight for top, most in lines.get("best", []))
        assert inside == (client.get("/api/plan", params=query).json()["verdict"] != "no")


def test_every_stage_answers_for_transports_and_scenarios_in_both_languages(live, client):
    presets = [values for _, values in live.choices.presets.values()]
    for at, scenario in enumerate(live.choices.scenarios):
        query = {**presets[at % len(presets)], "scenario": scenario, "lang": ("sv", "en")[at // 3 % 2]}
        for stage in STAGES:
            answer = client.get(f"/api/{stage}", params=query)
            assert answer.status_code == 200, (query, stage, answer.text)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("weight=abc", "Vikt: ”abc” är inget tal."),
        ("weight=nan", "Vikt: ”nan” ligger utanför 1–1 000 t."),
        ("weight=1e9", "Vikt: ”1e9” ligger utanför 1–1 000 t."),
        ("height=0&lang=en", "Height: ”0” is outside 0.5–10 m."),
        ("scenario=../../etc/passwd", "Scenario: ”../../etc/passwd” finns inte; välj en av dem på sidan."),
        ("closed=st_dalporten,nope", "Stängda byggnadsverk: ”nope” finns inte; välj en av dem på sidan."),
        ("day=1999-12-31", "Avresedag: ”1999-12-31” är inget datum mellan 2000-01-01 och 2100-12-31."),
        ("unknown=maybe", "Gränser som inte är kända: ”maybe” finns inte; välj en av dem på sidan."),
        ("lang=de", "lang: ”de” finns inte; välj en av dem på sidan."),
        ("file=study.toml", "”file” är ingen uppgift som sidan känner."),
        ("weight=1&weight=2", "”weight” står två gånger i adressen."),
        ("weight=" + "9" * 90, "Vikt: ”" + "9" * 40 + "…” ligger utanför 1–1 000 t."),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(client, query, said):
    for path in ("/api/plan?", "/?"):
        answer = client.get(path + query)
        assert answer.status_code == 400
    assert client.get("/api/plan?" + query).json()["error"].replace("\xa0", " ") == said


def test_markup_in_the_address_stays_text(client):
    page = client.get("/?scenario=<script>alert(1)</script>").text
    assert "<script>alert" not in page and "\\u003cscript" in page


def test_a_state_goes_into_an_address_and_back(live):
    state = read_state([("day", "2027-02-01"), ("closed", "st_dalporten"), ("destination", "")], live.choices, "en")
    pairs = list(httpx.QueryParams(state.address()).multi_items())
    assert read_state(pairs, live.choices, "sv") == state
    assert state.day == dt.date(2027, 2, 1)


def test_headers_and_methods(client):
    for path in ("/", "/api/plan", "/assets/live.js", "/nothing"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe-inline" not in headers["content-security-policy"].split("script-src")[1].split(";")[0]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "access-control-allow-origin" not in headers
    assert client.ask("POST", "/api/plan").status_code == 405
    for path in ("/assets/..%2f..%2fstudy.toml", "/assets/study.toml", "/api/warm", "/api/__class__", "/data"):
        assert client.get(path).status_code == 404
    assert client.get("/api/plan?" + "x" * 5000).status_code == 400


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("127.0.0.1:8050", True),
        ("localhost", True),
        ("[::1]:8050", True),
        ("192.168.1.20:8050", True),
        ("planner.lan:8050", True),
        ("evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("evil.example:80@127.0.0.1", False),
        ("", False),
    ],
)
def test_only_our_own_names_are_served(host, ours):
    assert is_our_host(host, {"localhost", "planner.lan"}) is ours


def test_a_name_of_somebody_else_is_refused(client):
    answer = client.get("/api/plan", headers={"host": "evil.example"})
    assert answer.status_code == 400 and "evil.example" in answer.json()["error"]


def test_twenty_people_at_once(live):
    """Twenty with ten loads: all get the answer to their own question, none an error."""
    desk = Desk(timeout_s=120)
    app = make_app(live, desk, lang="sv")
    taken = set()

    async def person(client, number):
        answer = await client.get(f"/api/plan?weight={200 + 10 * (number // 2)}", timeout=120)
        assert answer.status_code == 200, answer.text
        assert f"weight={200 + 10 * (number // 2)}&" in answer.json()["state"]
        taken.add(number)

    async def workshop():
        async with (
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=URL) as client,
            anyio.create_task_group() as group,
        ):
            for number in range(20):
                group.start_soon(person, client, number)

    anyio.run(workshop)
    desk.close()
    assert len(taken) == 20


def test_the_first_plan_takes_little_work(live):
    """Under 300 ms for the plan and its map, counted as processor time: a busy machine must not fail it."""
    live.warm(first_state(live.choices, "sv"))
    spent = []
    for weight in range(300, 304):
        state = read_state([("weight", str(weight))], live.choices, "sv")
        started = time.process_time()
        live.plan(state), live.map(state)
        spent.append(time.process_time() - started)
    assert min(spent) < 0.6  # twice the promise: some machines are slow


def test_a_study_without_transports_has_nothing_to_ask(live):
    config = live.study.config.model_copy(update={"transports": ()})
    with pytest.raises(DataError, match=r"has no \[\[transports\]\]"):
        Live(type(live.study)(config, live.study.folder))


def test_a_port_in_use_is_told_in_one_line(live):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(DataError, match=r"cannot listen on 127.0.0.1 port"):
            serve_study(live.study, port=taken.getsockname()[1])


def test_answers_are_strict_json(client):
    for stage in STAGES:
        json.loads(client.get(f"/api/{stage}").text, parse_constant=lambda name: pytest.fail(name))


def test_a_process_of_its_own_gives_the_same_answer(live):
    state = first_state(live.choices, "en")
    desk = Desk(start_workers(live.study, state, 1), timeout_s=120)
    app = make_app(live, desk, lang="sv", work=answer_in_worker)
    answer = Client(app).get(f"/api/plan?{state.address()}")
    assert answer.content == live.plan(state)
    refused = Client(app).get("/api/plan?vehicle=q73&weight=450")  # a refusal comes through as one
    assert refused.status_code == 400 and "tar 400 t" in refused.json()["error"]
    desk.close()


@pytest.mark.parametrize("lacking", ["uvicorn", "starlette.applications"])
def test_a_missing_extra_is_told_in_one_line(live, monkeypatch, lacking):
    monkeypatch.setitem(sys.modules, lacking, None)
    with pytest.raises(MissingExtraError, match=r"pip install 'geoplan\[serve\]'"):
        if lacking == "uvicorn":
            serve_study(live.study)
        else:
            make_app(live, Desk(), lang="sv")


def test_a_limit_that_is_not_known_has_no_unit(client):
    answer = client.get("/api/plan?unknown=block&lang=en").json()
    assert answer["verdict"] == "no"
    assert "clear height not known, the load needs 5.80 m." in answer["said"].replace("\xa0", " ")
    assert not any("connection" in row[3] for row in answer["tables"]["why"]["rows"])
