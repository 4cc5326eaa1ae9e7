"""The command line: the same verbs as the library, files in and files out.

Data go to a file or to stdout, progress and messages to stderr. Exit code 0 is done, 1 no answer (no route, not
converged), 2 bad input.
"""

from __future__ import annotations

import _thread
import gc
import logging
import sys
import threading
import warnings
from typing import Annotated, Any

import typer

import geoplan as gp
from geoplan.cli.heavy_commands import envelope, fixes, plan
from geoplan.cli.network_commands import assign, check, draw_map, fetch, route
from geoplan.cli.options import BAD_INPUT, NO_ANSWER
from geoplan.cli.rail_commands import capacity, slots
from geoplan.cli.show import fail
from geoplan.cli.study_commands import appraise, bottlenecks, compare, init, run, serve, sweep_command
from geoplan.errors import GeoplanError, NoRouteError

app = typer.Typer(
    name="geoplan",
    help="Infrastructure planning on road, rail and sea networks.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


STOPPED = "stopped; nothing was changed"

# In the order of the help.
for command in (run, init, check, fetch, route, plan, fixes, envelope, assign, bottlenecks, slots, capacity, compare):
    app.command()(command)
app.command()(appraise)
app.command("sweep")(sweep_command)
app.command("map")(draw_map)
app.command()(serve)


def main() -> None:
    """Run the command line; known faults become one line and an exit code."""
    # All modules stay loaded to the end. Looking through them for garbage, again and again while kernels compile, takes
    # a fifth of the first start.
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    if sys.unraisablehook is sys.__unraisablehook__:
        sys.unraisablehook = _interrupt_again
    warnings.showwarning = _warn
    try:
        app()
    except NoRouteError as fault:
        fail(fault, NO_ANSWER)
    except GeoplanError as fault:
        fail(fault, BAD_INPUT)
    except PermissionError as fault:
        fail(f"{fault.filename}: {fault.strerror}; choose a place that you may write", BAD_INPUT)
    except KeyboardInterrupt:
        fail(STOPPED, 130)
    except SystemExit as end:  # typer makes Ctrl-C an exit without a word
        if isinstance(getattr(end.__context__, "__cause__", None), KeyboardInterrupt):
            fail(STOPPED, 130)
        raise
    except BrokenPipeError:
        sys.exit(0)


def _warn(message: Warning | str, *_where: Any, **_more: Any) -> None:
    """A warning as one line, without the place in the code."""
    sys.stderr.write(f"geoplan: warning: {' '.join(str(message).split())}\n")


def _interrupt_again(lost: sys.UnraisableHookArgs) -> None:
    """Ctrl-C that came while a kernel was compiled is swallowed there: it is sent once more, a moment later."""
    if issubclass(lost.exc_type, KeyboardInterrupt):
        threading.Timer(0.05, _thread.interrupt_main).start()
    else:
        sys.__unraisablehook__(lost)


@app.callback(invoke_without_command=True)
def _options(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and stop.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Tell each step on stderr.")] = False,
) -> None:
    if version:
        typer.echo(f"geoplan {gp.__version__}")
        raise typer.Exit
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, stream=sys.stderr, format="%(message)s")
