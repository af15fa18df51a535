"""Bars are measured on real runs, judged by their mean, and written so that a measurement can go on."""

import dataclasses
import json
import sys

import pytest

from aecore import runs, training, variants
from aecore.metrics import MEANINGS
from benchmarks import bars
from benchmarks.bars import BARS, Bar, judged

QUICK = {"epochs": 1, "hidden": (8,)}


@pytest.mark.parametrize("bar", BARS, ids=lambda bar: bar.name)
def test_every_bar_asks_for_a_run_that_can_be_trained_and_a_number_that_has_a_meaning(bar):
    assert bar.metric in MEANINGS
    assert bar.name.startswith(bar.variant)
    configs = [
        variants.configure(bar.variant, bar.dataset, **{**bar.settings, **repeat}) for repeat in bar.repeats
    ]
    assert len({config.run_id for config in configs}) == len(configs)
    training.build(configs[0], (28, 28, 1))


def test_names_are_unique_and_a_share_is_of_an_earlier_bar_of_the_same_number():
    names = [bar.name for bar in BARS]
    assert len(set(names)) == len(names)
    for index, bar in enumerate(BARS):
        if bar.share_of:
            assert names.index(bar.share_of) < index
            assert BARS[names.index(bar.share_of)].metric == bar.metric


@pytest.mark.parametrize(
    ("low", "high", "values", "met", "missed_by"),
    [
        (None, 0.5, [0.4, 0.5], True, 0.0),
        (None, 0.5, [0.5, 0.7], False, 0.1),
        (0.9, None, [0.8], False, 0.1),
        (1.25, 1.39, [1.3], True, 0.0),
        (1.25, 1.39, [0.29], False, 0.96),
        (None, None, [3.0], None, 0.0),
    ],
)
def test_a_bar_is_judged_by_the_mean(low, high, values, met, missed_by):
    verdict = judged(Bar(name="ae", variant="ae", metric="mse", low=low, high=high), values)
    assert verdict["met"] is met
    assert verdict["missed_by"] == pytest.approx(missed_by)
    assert verdict["mean"] == pytest.approx(sum(values) / len(values))
    assert (verdict["deviation"] is None) == (len(values) == 1)


def test_a_share_is_held_against_the_other_bars_mean():
    bar = Bar(name="b", variant="sparse", metric="active_fraction", high=0.5, share_of="a")
    assert judged(bar, [0.3], reference=0.8)["limit"] == pytest.approx(0.4)
    assert judged(bar, [0.3], reference=0.8)["met"]
    assert judged(bar, [0.3], reference=0.5)["missed_by"] == pytest.approx(0.05)


@pytest.fixture
def toy(monkeypatch, tmp_path):
    """Two quick bars on digits in place of the real ones, and a file of their own."""
    first = Bar(name="ae a", variant="ae", dataset="digits", settings=QUICK, metric="mse", high=1.0)
    first = dataclasses.replace(first, repeats=({"seed": 0}, {"seed": 1}))
    share = dataclasses.replace(first, name="ae b", high=0.5, share_of="ae a")
    monkeypatch.setattr(bars, "BARS", (first, share))
    monkeypatch.setattr(bars, "FOUND", tmp_path / "bars.json")
    return tmp_path / "bars.json"


def measured(monkeypatch, *words: str) -> None:
    monkeypatch.setattr(sys, "argv", ["bars", *words])
    bars.main()


def test_measuring_trains_what_is_missing_and_writes_every_bar(toy, own_runs, monkeypatch):
    measured(monkeypatch)
    a, b = json.loads(toy.read_text())
    assert len(a["runs"]) == 2
    assert a["runs"] == {run.run_id: run.metrics["mse"] for run in stored(own_runs)}
    assert a["met"] is True
    assert b["met"] is False
    assert b["limit"] == pytest.approx(a["mean"] / 2)
    assert a["machine"] == stored(own_runs)[0].manifest["machine"]


def stored(root) -> list:
    return runs.RunStore(root).listing().runs


def test_a_measurement_goes_on_where_it_stopped(toy, own_runs, monkeypatch):
    measured(monkeypatch, "--only", "ae a")
    before = toy.read_bytes()
    monkeypatch.setattr(runs.worker, "train_here", lambda *_: pytest.fail("it was trained before"))
    measured(monkeypatch, "--only", "ae a")
    assert toy.read_bytes() == before
    measured(monkeypatch)
    assert [entry["name"] for entry in json.loads(toy.read_text())] == ["ae a", "ae b"]


def test_a_number_that_takes_a_training_of_its_own_is_measured_once(toy, own_runs, monkeypatch):
    asked = []
    monkeypatch.setattr(runs, "accuracy_on_top", lambda run, task: asked.append(task) or 0.99)
    bar = Bar(
        name="ae c", variant="ae", dataset="digits", settings=QUICK, metric="fine_tuned_accuracy", low=0.9
    )
    monkeypatch.setattr(bars, "BARS", (dataclasses.replace(bar, repeats=({},)),))
    for _ in range(2):
        measured(monkeypatch)
    assert asked == ["fine_tuned"]
    assert json.loads(toy.read_text())[0]["met"] is True


def test_a_share_cannot_come_before_what_it_is_a_share_of(toy, own_runs, monkeypatch):
    with pytest.raises(SystemExit, match="measure that first"):
        measured(monkeypatch, "--only", "ae b")


def test_an_unknown_bar_is_answered_with_the_known_ones(toy, monkeypatch):
    with pytest.raises(SystemExit, match="There are: ae a; ae b"):
        measured(monkeypatch, "--only", "gan")
