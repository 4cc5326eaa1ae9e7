"""A small cluster that the tests share: two processes."""

import sys
import warnings
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # the workers import the jobs by their own module


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Address of a scheduler with two workers."""
    distributed = pytest.importorskip("distributed")
    import os

    before = os.environ.get("PYTHONPATH", "")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), *filter(None, [before])])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            dashboard_address=":0",
            silence_logs=50,
            local_directory=str(tmp_path_factory.mktemp("workers")),
        )
        yield made.scheduler_address
        made.close()
    os.environ["PYTHONPATH"] = before
