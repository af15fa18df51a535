"""What the tests of the core share beside `tests.conftest`."""

from pathlib import Path

import pytest

from aecore.storage import settings


@pytest.fixture(autouse=True)
def nothing_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the shipped runs: a name such as digits-ae-z2 then means the run that a test has made."""
    monkeypatch.setattr(settings, "SHIPPED", tmp_path / "shipped")
