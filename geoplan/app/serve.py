"""Start the live page of a study on this machine."""

from __future__ import annotations

import logging
import os
import socket
import threading
import webbrowser
from contextlib import suppress
from typing import Any

from geoplan.app.answers import Live
from geoplan.app.desk import Desk
from geoplan.app.site import INSTALL, make_app
from geoplan.app.state import first_state
from geoplan.app.workers import answer_in_worker, start_workers
from geoplan.errors import DataError, MissingExtraError
from geoplan.maps.labels import Lang
from geoplan.study import Study, check_study, read_study

log = logging.getLogger(__name__)

LOCAL = "127.0.0.1"


def serve_study(
    study: Study | str | os.PathLike[str],
    *,
    host: str = LOCAL,
    port: int = 8050,
    lang: Lang | None = None,
    open_page: bool = False,
    workers: int | None = None,
    version: str = "",
    on_ready: Any = None,
) -> None:
    """Serve the live page of a study until it is stopped with Ctrl+C.

    Parameters
    ----------
    study
        A study, or what `read_study` takes.
    host
        Address to listen on. 127.0.0.1 is this machine alone; 0.0.0.0 lets others in the network in, without a
        password.
    port
        0 takes a free one.
    lang
        Language of a page whose address names none; the study's own when None.
    open_page
        Open the page in the browser.
    workers
        Processes that answer; None takes one for each processor, four at most. Sixty questions may be open at once, the
        next gets a clear no.
    on_ready
        Called with the address of the page once it can be opened.

    Raises
    ------
    MissingExtraError
        Starlette or uvicorn is not installed.
    DataError
        The study has no heavy transport, or the port is taken.
    """
    try:
        import uvicorn
    except ImportError as fault:
        raise MissingExtraError(INSTALL) from fault
    opened = study if isinstance(study, Study) else read_study(study)
    check_study(opened)
    live = Live(opened)
    language: Lang = lang or opened.config.study.language
    listening = listen_on(host, port)
    shown = host if host not in ("0.0.0.0", "::") else LOCAL
    address = f"http://{f'[{shown}]' if ':' in shown else shown}:{listening.getsockname()[1]}/"
    log.info("%s: compiling and warming up", opened.name)
    pools = start_workers(opened, first_state(live.choices, language), workers or min(4, os.cpu_count() or 1))
    desk = Desk(pools)
    site = make_app(live, desk, lang=language, hosts=_names_of(host), version=version, work=answer_in_worker)
    config = uvicorn.Config(site, log_level="warning", access_log=False, server_header=False, limit_concurrency=200)
    try:
        # Ctrl+C is how a workshop ends: no fault.
        with suppress(KeyboardInterrupt):
            if on_ready is not None:
                on_ready(address)
            if open_page:
                threading.Timer(0.6, webbrowser.open, [address]).start()
            uvicorn.Server(config).run(sockets=[listening])
    finally:
        desk.close()
        listening.close()


def listen_on(host: str, port: int) -> socket.socket:
    """A socket that listens there, or one line that says why not."""
    listening = None
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.socket(family, socket.SOCK_STREAM)
        if os.name == "posix":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(128)
    except (OSError, OverflowError) as fault:
        if listening is not None:
            listening.close()
        said = getattr(fault, "strerror", None) or str(fault)
        cure = "choose another with --port or --host"
        raise DataError(f"cannot listen on {host} port {port} ({said}); {cure}") from fault
    return listening


def _names_of(host: str) -> tuple[str, ...]:
    """Names that stand for this server: the one it was given, and that of the machine when it lets others in."""
    return (host,) if host in (LOCAL, "::1", "localhost") else (host, socket.gethostname(), socket.getfqdn())
