"""Jobs of the tests: at the top of a module, so that another process can import them."""

import os
import signal
import time
from pathlib import Path

import numpy as np


def square(x):
    return x * x


def weigh(table, factor, log=""):
    """Sums that show every bit; a line in the log tells that it ran."""
    if log:
        note(log, f"{factor}")
    values = table["x"].to_numpy()
    return float(np.sum(np.sin(values * factor) / (1.0 + values)))


def note(folder, text):
    """One file a run of a job, whatever process it was in."""
    (Path(folder) / f"{text}-{os.getpid()}-{time.monotonic_ns()}").touch()


def runs(folder):
    """How often each job ran."""
    names = [path.name.split("-")[0] for path in Path(folder).iterdir()]
    return {name: names.count(name) for name in sorted(set(names))}


def fail_on(x, bad):
    if x == bad:
        raise ValueError(f"{x} is bad")
    return x


def stop_on(x, bad, log):
    """Ctrl-C while job `bad` is at work."""
    note(log, str(x))
    if x == bad and runs(log)[str(x)] == 1:
        raise KeyboardInterrupt
    return x


def die_first(x, bad, log):
    """The first time that job `bad` runs, its process is killed."""
    note(log, str(x))
    if x == bad and runs(log)[str(x)] == 1:
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
    return x * x
