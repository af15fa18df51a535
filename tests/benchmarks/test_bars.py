"""Bars are measured on real runs, judged by their mean, and written so that a measurement can go on."""

import dataclasses
import json
import sys

import pytest

from aecore import runs
from aecore.metrics.catalog import METRICS
from aecore.models import build, variants
from benchmarks import bars, bars_table
from benchmarks.bars import BARS, Bar, Published, judged

QUICK = {"epochs": 1, "hidden": (8,)}


@pytest.mark.parametrize("bar", BARS, ids=lambda bar: bar.name)
def test_every_bar_asks_for_a_run_that_can_be_trained_and_a_number_that_has_a_meaning(bar):
    assert bar.metric in METRICS
    assert bar.name.startswith(bar.variant)
    configs = [
        variants.configure(bar.variant, bar.dataset, **{**bar.settings, **repeat}) for repeat in bar.repeats
    ]
    assert len({config.run_id for config in configs}) == len(configs)
    build.build_model(configs[0], (28, 28, 1))


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
    bar = Bar(name="b", variant="sparse", metric="living_activity", high=0.5, share_of="a")
    assert judged(bar, [0.3], reference=0.8)["limit"] == pytest.approx(0.4)
    assert judged(bar, [0.3], reference=0.8)["met"]
    assert judged(bar, [0.3], reference=0.5)["missed_by"] == pytest.approx(0.05)


# What a number is held against


@pytest.mark.parametrize(
    ("value", "figure", "better", "answer"),
    [
        (0.0134, 0.0128, "lower", False),
        (0.0128, 0.0128, "lower", True),
        (20.66, 21.07, "higher", False),
        (1.338, 1.35, "near 1.386", False),
        (1.36, 1.35, "near 1.386", True),
        (0.4, 0.5, "", None),
    ],
)
def test_reached_means_at_least_as_good_as_the_figure(value, figure, better, answer):
    assert bars_table.reached(value, figure, better) is answer


def test_a_target_that_is_met_says_nothing_of_a_published_figure_that_is_not_reached():
    published = Published(value=0.0128, source="somebody")
    bar = Bar(name="stacked", variant="stacked", metric="test_error", high=0.015, published=published)
    found = bars.entry(bar, {"r": 0.0134}, None) | {"machine": "abacus"}
    assert bars_table.held(found) == {"target": True, "published": False}
    told = bars_table.summary([found])
    assert "as good as the published figure in 0 of 1" in told
    assert "met in 1 of 1; 1 of them are looser than the published figure" in told
    assert "Short of what is published: stacked." in told


def test_a_row_says_how_its_run_was_trained_and_what_is_shipped_in_its_place():
    shipped = runs.RunStore(bars_table.SHIPPED).listing().runs
    rows = {one["name"]: one for one in bars.read().values()}
    assert bars_table.where(rows["ae z=2, MSE"], shipped) == "`mnist-ae-z2-df79db5a03` is shipped"
    wide = rows["vae z=32, −ELBO"]
    assert wide["trained"] == "z=32, 512-256, 40 epochs"
    assert bars_table.where(wide, shipped).startswith(
        "not shipped; shipped is `mnist-vae-z32-d8a14f5c82` with"
    )
    assert "labels 100" in rows["semi_supervised_aae, 100 labels, test error"]["trained"]


@pytest.mark.parametrize(
    "bar", [bar for bar in BARS if bar.variant == "semi_supervised_aae"], ids=lambda bar: bar.name
)
def test_inputs_that_are_moved_are_said_where_the_paper_moves_none(bar):
    is_moved = variants.configure(bar.variant, bar.dataset, **bar.settings).options["shift"] > 0
    assert ("moved" in bar.published.differs) == is_moved


def test_every_published_figure_names_its_source():
    sources = [bar.published.source for bar in BARS if bar.published]
    assert all("20" in source for source in sources)  # author and year
    assert not [source for source in sources if "tutorial" in source]


def test_what_was_measured_is_worded_as_the_bars_are_now():
    found = bars.read()
    assert bars.rendered(found) == found, "run `python -m benchmarks.bars --render`"


def test_rendering_trains_nothing_and_leaves_out_what_was_measured_otherwise(toy, own_runs, monkeypatch):
    measured(monkeypatch)
    before = json.loads(toy.read_text())
    readme = toy.with_name("README.md")
    readme.write_text("<!-- bars -->\nold\n<!-- /bars -->\n")
    monkeypatch.setattr(bars_table.tables, "README", readme)
    monkeypatch.setattr(runs, "train", lambda *_, **__: pytest.fail("rendering trains"))
    first, share = bars.BARS
    published = Published(value=0.01, source="somebody")
    changed = dataclasses.replace(share, settings={"epochs": 2, "hidden": (8,)})
    monkeypatch.setattr(bars, "BARS", (dataclasses.replace(first, published=published), changed))
    measured(monkeypatch, "--render")
    (after,) = json.loads(toy.read_text())
    assert after["published"]["source"] == "somebody"
    assert after["runs"] == before[0]["runs"]
    assert "Short of what is published: ae a." in readme.read_text()


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
    monkeypatch.setattr(runs, "finetune_accuracy", lambda run, task: asked.append(task) or 0.99)
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
