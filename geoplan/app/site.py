"""The server: fixed addresses, checked hosts, headers that let the page load nothing from elsewhere."""

from __future__ import annotations

import ipaddress
import json
import logging
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any

from geoplan.app.answers import STAGES, Live
from geoplan.app.desk import BusyError, Desk, SlowError
from geoplan.app.page import assets, page_html
from geoplan.app.state import State, first_state, read_state
from geoplan.app.words import word
from geoplan.errors import DataError, MissingExtraError
from geoplan.maps.labels import Lang

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Asgi = Callable[[Scope, Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]]

LONGEST_QUERY = 4000
# Styles may stand in the page because the drawn map sets them on its elements; scripts come from the server only.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
INSTALL = "geoplan serve needs Starlette and uvicorn; install them with: pip install 'geoplan[serve]'"


def make_app(
    live: Live,
    desk: Desk,
    *,
    lang: Lang,
    hosts: Collection[str] = (),
    version: str = "",
    work: Callable[[str, State], bytes] | None = None,
) -> Asgi:
    """The application for any ASGI server.

    Parameters
    ----------
    live, desk
        What answers, and how much of it at once.
    lang
        Language of a page whose address names none.
    hosts
        Names by which the server may be called, besides localhost and addresses in figures. A page of somebody else
        that points its own name at this machine (DNS rebinding) is refused.
    work
        What answers a stage and a state where the desk's workers are processes; `live` itself when None.

    Raises
    ------
    MissingExtraError
        Starlette is not installed.
    """
    try:
        from starlette.applications import Starlette
        from starlette.requests import Request
        from starlette.responses import HTMLResponse, Response
        from starlette.routing import Route
    except ImportError as fault:
        raise MissingExtraError(INSTALL) from fault

    known = {"localhost", *(host.casefold() for host in hosts)}

    def told(key: str, status: int, request: Request, **values: Any) -> Response:
        return refusal(word(key, language(request)).format(**values), status)

    def refusal(text: str, status: int) -> Response:
        body = json.dumps({"error": text}, ensure_ascii=False).encode("utf-8")
        headers = {"Retry-After": "1"} if status == 503 else {}
        return Response(body, status, headers, "application/json")

    def language(request: Request) -> Lang:
        said = request.query_params.get("lang", lang)
        return "sv" if said == "sv" else "en" if said == "en" else lang

    async def page(request: Request) -> Response:
        # An address that cannot be read opens the page as the study does, and says what is wrong with it.
        fault = ""
        try:
            state = read_state(request.query_params.multi_items(), live.choices, lang)
        except DataError as problem:
            state, fault = first_state(live.choices, language(request)), str(problem)
        text = page_html(live.study, live.choices, state, version=version, fault=fault)
        return HTMLResponse(text, 400 if fault else 200)

    async def answer(request: Request) -> Response:
        stage = request.path_params["stage"]
        if stage not in STAGES:
            return told("not_here", 404, request)
        if len(request.url.query) > LONGEST_QUERY:
            return told("bad_key", 400, request, value="…")
        try:
            state = read_state(request.query_params.multi_items(), live.choices, language(request))
            found = await desk.ask((stage, state), work or live.answer, stage, state, near=state)
            return Response(found, media_type="application/json")
        except DataError as fault:
            return refusal(str(fault), 400)
        except BusyError:
            return told("busy", 503, request)
        except SlowError:
            return told("slow", 503, request)
        except Exception:  # whatever it is: one question must not stop the workshop; the log has the whole fault
            log.exception("%s failed for %s", stage, request.url.query)
            return told("failed", 500, request)

    async def fixed(request: Request) -> Response:
        found = assets().get(request.path_params["name"])
        if found is None:
            return told("not_here", 404, request)
        return Response(found[1], headers={"Cache-Control": "max-age=86400"}, media_type=found[0])

    async def missing(request: Request, _: Exception) -> Response:
        return told("not_here", 404, request)

    site = Starlette(
        routes=[Route("/", page), Route("/api/{stage}", answer), Route("/assets/{name}", fixed)],
        exception_handlers={404: missing},
    )

    async def guarded(scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await site(scope, receive, send)
            return
        host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                more = [(k.lower().encode(), v.encode()) for k, v in HEADERS.items() if k.lower().encode() not in given]
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        if not is_our_host(host, known):
            said = word("wrong_host", lang).format(value=host[:80])
            await refusal(said, 400)(scope, receive, with_headers)
            return
        await site(scope, receive, with_headers)

    return guarded


def is_our_host(host: str, known: Collection[str]) -> bool:
    """Whether a Host header is an address in figures or a name of ours; its port does not matter."""
    name, _, port = host.rpartition(":") if ":" in host and not host.endswith("]") else (host, "", "")
    if port and not port.isdigit():
        return False
    if name.casefold() in known:
        return True
    try:
        ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True
