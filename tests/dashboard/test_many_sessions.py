"""What keeps the server quick where a classroom opens it at once; measured by `benchmarks.classroom`."""

import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.services import turns
from dashboard.services.garbage import MODULES, Collector

ROOT = Path(__file__).resolve().parents[2]
APP = str(ROOT / "dashboard" / "app.py")
FIRST_RUN = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from streamlit.testing.v1 import AppTest
import streamlit
before = {{}}
own = streamlit.navigation
def navigation(*arguments, **more):
    before.update(sys.modules)
    return own(*arguments, **more)
streamlit.navigation = navigation
page = AppTest.from_file({APP!r}, default_timeout=60).run()
assert not page.exception
print(*sorted({{"pandas", "PIL.Image"}} & (set(sys.modules) - set(before))), sep=",")
"""


def test_what_plotly_looks_for_is_imported_before_any_page_runs():
    """Two first visitors at once: one imports pandas, and the other's figure finds it half imported."""
    command = [sys.executable, "-c", FIRST_RUN]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == ""


def test_no_session_looks_for_changed_files():
    settings = tomllib.loads((ROOT / "dashboard" / ".streamlit" / "config.toml").read_text("utf-8"))
    assert settings["server"]["fileWatcherType"] == "none"


def test_no_visitor_is_shown_a_traceback():
    settings = tomllib.loads((ROOT / "dashboard" / ".streamlit" / "config.toml").read_text("utf-8"))
    assert settings["client"]["showErrorDetails"] == "none"


def test_loss_curves_are_drawn_once(monkeypatch):
    page = AppTest.from_file(APP, default_timeout=60).run()
    assert not page.exception
    monkeypatch.setattr("dashboard.figures.loss_curves.terms", lambda *_: pytest.fail("drawn again"))
    assert not page.run().exception


def test_streamlit_leaves_the_collecting_to_the_dashboard():
    settings = tomllib.loads((ROOT / "dashboard" / ".streamlit" / "config.toml").read_text("utf-8"))
    assert settings["runner"]["postScriptGC"] is False


def test_a_run_of_a_page_collects_what_is_due(monkeypatch):
    page, times = AppTest.from_file(APP, default_timeout=60).run(), []
    monkeypatch.setattr(turns, "collector", SimpleNamespace(collect=lambda: times.append(1)))
    page.run()
    assert times == [1]


@pytest.mark.parametrize("more", [0, MODULES])
def test_the_collector_is_kept_away_from_what_is_imported_later(monkeypatch, more):
    frozen = []
    monkeypatch.setattr("gc.freeze", lambda: frozen.append(len(sys.modules)))
    monkeypatch.setattr("dashboard.services.garbage.PERIOD", 0.0)
    collector = Collector()
    collector.collect()
    for place in range(more):
        monkeypatch.setitem(sys.modules, f"a_module_that_came_late_{place}", sys)
    collector.collect()
    assert len(frozen) == 1 + bool(more)
