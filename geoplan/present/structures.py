"""Beside the register: what it gives that a limit goes, structures of two networks, and pairs of structures."""

from __future__ import annotations

import math

import pandas as pd

from geoplan.analyse.answers import Answers
from geoplan.maps.formats import number_text
from geoplan.maps.labels import LANGS, Text, same
from geoplan.network.names import place_title
from geoplan.present.words import MODE
from geoplan.report.content import Table
from geoplan.study import Study

_OPENS = Text("kommer fram först då", "gets through only then")
_CHEAPER = Text("blir billigare", "becomes cheaper")


def lifted_limits(study: Study, answers: Answers) -> list[Table]:
    """What it gives heavy transports that a limit goes."""
    gains = answers.gains
    if gains is None or gains.empty:
        return []
    network = answers.base.network
    limits = [place_title(network, s, "") if s != "" else "" for s in gains["structure_id"]]
    frame = pd.DataFrame(
        {
            "transport": gains["transport"].to_numpy(),
            "mode": [MODE[mode] for mode in gains["mode"]],
            "limit": [name or limit for name, limit in zip(limits, gains["limit"], strict=True)],
            "opens": [_OPENS if opens else _CHEAPER for opens in gains["opens"]],
            "saved": [
                same("–") if opens else _number(saved)
                for opens, saved in zip(gains["opens"], gains["saved_sek_per_year"], strict=True)
            ],
            "tonnes_per_year": gains["tonnes_per_year"].to_numpy(),
            "before_t": gains["before_t"].to_numpy(),
            "after_t": gains["after_t"].to_numpy(),
        }
    )
    load = study.loads[study.transports[0].load]
    sides = (load.length_m, load.width_m, load.height_m)
    size_sv, size_en = (" × ".join(number_text(side, lang, digits=1) for side in sides) + " m" for lang in LANGS)
    return [
        Table(
            "lifted_limits",
            Text("Vad det ger att ett hinder hävs", "What lifting a limit gives"),
            frame,
            labels={
                "transport": Text("transport", "transport"),
                "mode": Text("trafikslag", "mode"),
                "limit": Text("hinder", "limit"),
                "opens": Text("följd", "effect"),
                "saved": Text("sparar, kr per år", "saves, SEK a year"),
                "tonnes_per_year": Text("ton per år", "tonnes a year"),
                "before_t": Text("största last ut i dag (t)", "largest load out today (t)"),
                "after_t": Text("största last ut då (t)", "largest load out then (t)"),
            },
            units=dict.fromkeys(frame.columns, ""),
            digits={"tonnes_per_year": 0, "before_t": 0, "after_t": 0},
            note=Text(
                "Ett hinder i taget, på alla sträckor där det är lägre än transporten behöver. Största last gäller "
                f"{size_sv}, om de okända gränserna räcker. Hinder som inte ändrar något i sig är inte med.",
                "One limit at a time, on all sections where it is below what the transport needs. The largest load is "
                f"one of {size_en}, if the limits not known suffice. Limits that change nothing alone are left out.",
            ),
            few=None,
        )
    ]


def two_networks(answers: Answers) -> list[Table]:
    """Structures whose closing stops two networks at once, such as a railway bridge over a road."""
    network = answers.base.network
    if answers.structures is None or network.structures.empty:
        return []
    pairs = network.structure_edges
    mode = network.edges["mode"].reindex(pairs["edge_id"]).to_numpy()
    found = pairs.assign(mode=mode).groupby("structure_id", sort=False)["mode"]
    modes = {key: tuple(dict.fromkeys(names)) for key, names in found}
    both = [key for key in answers.structures.index if len(modes.get(key, ())) > 1]
    if not both:
        return []
    use = None if answers.rail is None else answers.rail.use
    losses = answers.structures["closure_vehh"].astype("float64")
    rows = []
    for key in both:
        edges = pairs.loc[pairs["structure_id"] == key, "edge_id"]
        trains = math.nan if use is None else float(use["trains"].reindex(edges).max())
        rows.append(
            {
                "name": place_title(network, key, ""),
                "modes": _all(modes[key]),
                "closure_vehh": float(losses[key]),
                "trains": same("–") if math.isnan(trains) else _number(trains),
                "heavy": same(str(_heavy(answers, edges))),
            }
        )
    return [
        Table(
            "two_networks",
            Text("Byggnadsverk som stänger två nät på en gång", "Structures that close two networks at once"),
            pd.DataFrame(rows).sort_values("closure_vehh", ascending=False, kind="stable"),
            labels={
                "name": Text("byggnadsverk", "structure"),
                "modes": Text("nät", "networks"),
                "closure_vehh": Text("bilarnas förlust (fordonstimmar)", "loss of the cars (vehicle hours)"),
                "trains": Text("tåg per dygn", "trains a day"),
                "heavy": Text("tunga transporter som går där", "heavy transports that go there"),
            },
            units={"closure_vehh": ""},
            digits={"closure_vehh": 0},
            few=None,
        )
    ]


def _all(modes: tuple[str, ...]) -> Text:
    """`väg och järnväg`."""
    words = [MODE[mode] for mode in modes]
    return Text(" och ".join(word.sv.lower() for word in words), " and ".join(word.en.lower() for word in words))


def _heavy(answers: Answers, edges: pd.Series) -> int:
    """Heavy transports whose plan uses any of the edges."""
    plans = answers.base.plans.values()
    return sum(bool(len(plan.edges)) and bool(plan.edges.index.isin(edges).any()) for plan in plans)


def structure_pairs(answers: Answers) -> list[Table]:
    """Structures that are worse closed together than one at a time."""
    pairs = answers.pairs
    if pairs is None or pairs.empty:
        return []
    network = answers.base.network
    worst = pairs[pairs["together_vehh"] > 1.0]
    if worst.empty:
        return []
    frame = worst[["first", "second", "closure_vehh", "alone_vehh", "together_vehh"]].copy()
    for side in ("first", "second"):
        frame[side] = [place_title(network, key, "") for key in worst[side]]
    return [
        Table(
            "structure_pairs",
            Text(
                "Par av byggnadsverk som är värre stängda tillsammans",
                "Pairs of structures that are worse closed together",
            ),
            frame,
            labels={
                "first": Text("det ena", "one"),
                "second": Text("det andra", "the other"),
                "closure_vehh": Text("båda stängda (fordonstimmar)", "both closed (vehicle hours)"),
                "alone_vehh": Text("summan av var för sig", "sum of one at a time"),
                "together_vehh": Text("tillkommer", "added"),
            },
            units={"closure_vehh": "", "alone_vehh": "", "together_vehh": ""},
            digits={"closure_vehh": 0, "alone_vehh": 0, "together_vehh": 0},
        )
    ]


def _number(value: float) -> Text:
    return Text(number_text(value, "sv", digits=0), number_text(value, "en", digits=0))
