"""What the tests that do harm share: processes that start in a few milliseconds."""

import multiprocessing
from multiprocessing.context import ForkServerContext

import pytest


@pytest.fixture(scope="session")
def processes() -> ForkServerContext:
    """Processes forked from a clean one that has imported what they need, PyTorch among it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.writers", "tests.faults.trainers"])
    return context
