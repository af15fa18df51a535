"""What the tests that do harm share: processes that start in a few milliseconds."""

import multiprocessing
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext

import pytest


@pytest.fixture(scope="module")
def processes(request: pytest.FixtureRequest) -> ForkServerContext:
    """Processes forked from a clean one that has imported what the file names in `FORKED`."""
    context = multiprocessing.get_context("forkserver")
    if forkserver._forkserver._preload_modules != request.module.FORKED:
        forkserver._forkserver._stop()  # what it forks would be as large as those of the file before
    context.set_forkserver_preload(request.module.FORKED)
    return context
