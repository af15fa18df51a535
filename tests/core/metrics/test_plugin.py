"""A metric that is dropped into the folder as one file is seen everywhere, and a broken one is named."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import aecore
from aecore import metrics, runs
from aecore.cli import app as command_line
from aecore.cli import console
from aecore.errors import BadMetric, RunDamaged
from aecore.evaluation import additions
from aecore.storage import archive_validation
from aecore.storage.store import RunStore
from dashboard.state import keys
from docs import metrics as page
from tests.conftest import ROOT, quick

DARKNESS = '''
"""How dark reconstructions are."""

from aecore.metrics import Metric

METRICS = {
    "darkness": Metric(
        "Darkness",
        "0 to 1",
        "lower",
        "How far reconstructions are from white.",
        group="reconstruction",
        floors=("image_darkness",),
        compute=lambda context: 1 - context.reconstructions.mean(),
        formula=r"1 - \\\\hat x",
        range="0 to 1",
    ),
    "image_darkness": Metric(
        "test images", "0 to 1", "", "The images.", compute=lambda context: 1 - context.images.mean()
    ),
}
'''


@pytest.fixture
def drop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Drop a file of metrics into a folder that the register looks into; an empty text takes it away."""
    folder = tmp_path / "metrics"
    folder.mkdir()
    own = list(metrics.__path__)

    def put(text: str) -> None:
        (folder / "darkness.py").write_text(text, "utf-8")
        monkeypatch.setattr(metrics, "__path__", [*own, str(folder)] if text else own)
        monkeypatch.delitem(sys.modules, "aecore.metrics.darkness", raising=False)
        metrics._catalog.cache_clear()

    yield put
    sys.modules.pop("aecore.metrics.darkness", None)
    vars(metrics).pop("darkness", None)
    metrics._catalog.cache_clear()


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """What a command of the command line prints."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)  # typer replaces it
    monkeypatch.setattr(console.out, "width", 200)

    def run(*words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["aecore", *words])
        capsys.readouterr()
        with pytest.raises(SystemExit) as stopped:
            command_line.main()
        assert not stopped.value.code
        return capsys.readouterr().out

    return run


def line_of(text: str, word: str) -> str:
    """The one line that begins with a word."""
    (line,) = [line for line in text.splitlines() if line.lstrip().startswith(word)]
    return line


def explored(run_id: str) -> AppTest:
    """The Explore page's numbers on reconstruction, of a run."""
    app = AppTest.from_file(str(ROOT / "dashboard" / "app_pages" / "explore.py"), default_timeout=60)
    for name, value in (("dataset", "digits"), ("variant", "ae"), ("run", run_id), ("about", "Numbers")):
        app.query_params[name] = value
    app.session_state[keys.NUMBERS] = "Reconstruction"
    return app.run()


def shown(app: AppTest) -> dict[str, str]:
    """The numbers of a page by title."""
    return {metric.label.rstrip(" ↓↑"): metric.value for metric in app.metric}


def test_a_new_run_has_it_and_command_line_docs_pages_and_archives_know_it(drop, printed, own_runs):
    drop(DARKNESS)
    run = runs.train("ae", "digits", **quick("ae"))
    value, floor = run.metrics["darkness"], run.metrics["image_darkness"]
    assert 0 < value < 1
    assert 0 < floor < 1
    line = line_of(printed("show", run.stored.run_id), "Darkness")
    assert f"{value:.4f}" in line
    assert f"test images {floor:.4g}" in line
    section = page.text().partition("\n### Darkness\n")[2].partition("\n### ")[0]
    assert "`darkness`. How far reconstructions are from white." in section
    assert "Unit: 0 to 1; range: 0 to 1; lower is better; shown beside: test images." in section
    assert shown(explored(run.stored.run_id))["Darkness"] == f"{value:.4f}"
    archive_validation.check(run.stored)
    run.stored.metrics["darkness"] = 3.0
    with pytest.raises(RunDamaged, match="its darkness is 3"):
        archive_validation.check(run.stored)


def test_a_run_without_it_says_so_and_can_have_it_measured_and_kept(drop, printed, own_runs):
    run = runs.train("ae", "digits", **quick("ae"))
    before = {path: path.read_bytes() for path in run.stored.path.iterdir()}
    drop(DARKNESS)
    told = printed("show", run.stored.run_id)
    assert "not measured" in line_of(told, "Darkness")
    assert f"evaluate {run.stored.run_id} --metric darkness" in " ".join(told.split())
    found = json.loads(printed("evaluate", run.stored.run_id, "--metric", "darkness", "--json"))
    assert set(found) == {"darkness", "image_darkness"}
    assert f"{found['darkness']:.4f}" in line_of(printed("show", run.stored.run_id), "Darkness")
    assert {path: path.read_bytes() for path in run.stored.path.iterdir()} == before
    again = runs.train("ae", "digits", seed=0, store=RunStore(own_runs / "other"), **quick("ae"))
    assert again.metrics["darkness"] == found["darkness"]


def test_explore_says_so_too_and_its_button_measures_it(drop, own_runs):
    run = runs.train("ae", "digits", **quick("ae"))
    drop(DARKNESS)
    app = explored(run.stored.run_id)
    assert not app.exception
    assert shown(app)["Darkness"] == "not measured"
    (button,) = [button for button in app.button if button.label == "Measure"]
    button.click().run()
    wait_for(lambda: "darkness" in additions.kept(run.stored))
    assert shown(explored(run.stored.run_id))["Darkness"] == f"{additions.kept(run.stored)['darkness']:.4f}"


def wait_for(is_so: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until something is so."""
    import time

    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_run_with_numbers_of_a_file_that_is_gone_opens_and_shows_the_others(drop, printed, own_runs):
    drop(DARKNESS)
    run = runs.train("ae", "digits", **quick("ae"))
    drop("")
    stored = aecore.RunStore().open(run.stored.run_id)
    assert "darkness" in stored.metrics
    assert "Darkness" not in printed("show", stored.run_id)
    archive_validation.check(stored)
    app = explored(stored.run_id)
    assert not app.exception
    assert "Reconstruction MSE" in shown(app)


def test_a_model_that_turns_out_to_have_no_such_number_is_asked_once(drop, own_runs):
    run = runs.train("ae", "digits", **quick("ae"))
    drop(DARKNESS.replace("1 - context.reconstructions.mean()", "None"))
    assert additions.not_measured(run.stored) == ["darkness"]
    assert set(runs.measure(run, ["darkness"])) == {"image_darkness"}
    assert additions.not_measured(run.stored) == []
    assert "darkness" not in additions.numbers(run.stored)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("raise OSError('gone')", r"its file cannot be imported \(OSError: gone\)"),
        ("x = 1", "its file offers no METRICS"),
        (DARKNESS.replace('"darkness":', '"mse":'), "there is a number called mse already"),
        (
            DARKNESS.replace('group="reconstruction"', 'group="other"'),
            "darkness: its group 'other' is none of",
        ),
        (DARKNESS.replace('"darkness":', '"":'), "'' is no name"),
        (DARKNESS.replace('"Darkness"', '"<b>"'), "darkness: its title is not a line"),
    ],
)
def test_a_file_that_is_wrong_is_named_with_what_is_wrong(drop, text, fault):
    drop(text)
    with pytest.raises(BadMetric, match=rf"The metrics of \w+ cannot be used: {fault}"):
        metrics.catalog()
