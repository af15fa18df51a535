"""What the tests of pages share beside `tests.conftest`."""

from collections.abc import Iterator

import pytest
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.testing.v1 import app_test, local_script_runner

from aecore.jobs import queue


@pytest.fixture(autouse=True, scope="session")
def compiled_once() -> Iterator[None]:
    """Have a page's script compiled once, as a server has it; AppTest does that twice in every run."""
    compiled = ScriptCache()
    with pytest.MonkeyPatch.context() as patch:
        for module in (app_test, local_script_runner):
            patch.setattr(module, "ScriptCache", lambda: compiled)
        yield


@pytest.fixture
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start no process for a job that a page finds waiting: it would train on long after the test."""
    monkeypatch.setattr(queue, "_spawn", lambda job, store: None)
