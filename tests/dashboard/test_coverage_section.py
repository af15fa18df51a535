"""The coverage section: its words, bars, table and maps, and what happens where numbers are missing."""

import dataclasses
import hashlib
import json
import shutil

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from aecore import metrics, runs
from aecore.evaluation import additions, collapse
from aecore.evaluation.additions import COVERAGE
from aecore.storage import cache
from aecore.storage.store import RunStore
from dashboard.compare import planes
from dashboard.compare.coverage_rows import Column, best, csv_rows, gap, good, panels, reference, rows
from dashboard.compare.verdict import RULE, verdict
from dashboard.figures.coverage import HOLE_LINE, Panel, cell_maps, coverage_bars
from dashboard.figures.coverage_table import Cell, Row, coverage_table
from dashboard.figures.numbers import plain_or_small
from dashboard.figures.template import run_style
from dashboard.services import background, cached_reads

NULLS = {
    "hole_share_null": 0.0,
    "prior_coverage_null": 0.97,
    "prior_coverage_null_sd": 0.0025,
    "total_variation_null": 0.057,
    "mmd2_null": -0.00003,
    "two_sample_accuracy_null": 0.5,
    "pca_mse": 0.0557,
}
AE = {"hole_share": 0.7, "prior_coverage": 0.38, "mse": 0.0335, "mmd2": 0.3, "hole_share_whitened": 0.3}
AE |= {"two_sample_accuracy": 0.95}
AAE = {
    "hole_share": 0.025,
    "prior_coverage": 0.89,
    "mse": 0.0371,
    "mmd2": -0.0001,
    "hole_share_whitened": 0.03,
}
SPREAD = {"hole_share_whitened": 0.03, "hole_share": 0.05, "mse": 0.001, "prior_coverage": 0.02}


def column(
    title: str, latent_dim: int = 2, prior: str | None = "standard_normal", **numbers: float
) -> Column:
    return Column(title, NULLS | numbers, latent_dim, prior)


def test_bounds_of_several_likelihoods_are_told_apart_from_nothing_and_have_no_floor_of_grey_pixels():
    known = {"negative_elbo": 0.1}
    numbers = {"negative_elbo": 150.0, "bce_floor_nats": 90.0}
    grey, other = (
        Column(
            "VAE",
            numbers | {"negative_elbo": value},
            2,
            "standard_normal",
            "vae",
            known,
            likelihood=likelihood,
        )
        for value, likelihood in ((150.0, "bernoulli"), (-900.0, "gaussian"))
    )
    assert best(
        "negative_elbo", [grey, dataclasses.replace(grey, numbers=numbers | {"negative_elbo": 140.0})]
    ) == [1]
    assert best("negative_elbo", [grey, other]) == []
    assert reference("negative_elbo", grey)[0] == 90
    assert reference("negative_elbo", other) == (None, "")
    assert metrics.catalog()["bce"].floors_of({"likelihood": "gaussian"}) == metrics.catalog()["bce"].floors


def spread(columns: list[Column], **deviations: float) -> list[Column]:
    """The same runs, their numbers' deviations known."""
    return [dataclasses.replace(one, deviations=SPREAD | deviations) for one in columns]


@pytest.fixture
def pair() -> list[Column]:
    return [column("AE", prior=None, **AE), column("AAE", **AAE)]


# The verdict


def test_without_a_known_spread_the_verdict_gives_the_numbers_and_names_nobody(pair):
    assert verdict(pair)[0] == (
        "**Hole cells, whitened** (lower is better; a sample of the prior: 0 %): AE 30 %, AAE 3 %. No "
        "winner is named: each is a single training, and how far another seed would move the number is not "
        "known."
    )
    assert verdict(pair)[-1] == RULE


def test_where_the_spread_of_one_run_is_not_known_it_is_named(pair):
    known = [pair[0], *spread(pair[1:])]
    assert "No winner is named: how far another seed would move AE is not known." in verdict(known)[0]


def test_beyond_twice_the_deviation_of_the_difference_it_names_who_leads(pair):
    assert "**AAE** leaves the fewest holes." in verdict(spread(pair))[0]
    wide = spread(pair, hole_share_whitened=0.1)  # 0.27 is not beyond 2 sqrt(0.02) = 0.28
    alike = "they differ by no more than other seeds and test images would move them (AE ± 10 %, AAE ± 10 %)"
    assert verdict(wide)[0].endswith(f"No winner is named: {alike}.")


def test_the_verdict_follows_the_numbers_and_not_the_names(pair):
    swapped = spread([column("AE", **AAE), column("AAE", **AE)])
    assert "**AE** leaves the fewest holes." in verdict(swapped)[0]


def test_of_three_those_who_lead_together_are_named_together(pair):
    near = column("VAE", **AAE | {"hole_share_whitened": 0.06})
    found = verdict(spread([*pair, near]))[0]
    assert (
        "**AAE** and **VAE** leave the fewest holes; between them nothing decides: they differ by no" in found
    )


def test_a_run_without_a_prior_is_said_never_to_have_been_trained_for_it(pair):
    assert verdict(pair)[1] == (
        "The same without whitening, place and scale of the codes included: AE 70 %, AAE 2.5 %. AE was never "
        "trained for N(0, I), so place and scale of the codes are arbitrary there."
    )
    with_prior = [column("AE", **AE), pair[1]]
    assert "never trained" not in " ".join(verdict(with_prior))


def test_no_cause_is_given_for_the_holes(pair):
    found = " ".join(verdict(spread(pair)))
    assert not any(words in found for words in ("a matter of", "mends", "next to nothing", "free"))


def test_the_errors_stand_side_by_side_and_the_better_is_named_beyond_the_spread_only(pair):
    listed = "**Reconstruction MSE** (lower is better): AE 0.0335, AAE 0.0371."
    assert f"{listed} **AE** reconstructs best." in verdict(spread(pair))
    found = " ".join(verdict(spread(pair, mse=0.002)))
    assert f"{listed} No winner is named: they differ by no more" in found


def test_equal_numbers_are_never_told_apart():
    alike = spread([column("A", hole_share_whitened=0.1), column("B", hole_share_whitened=0.1)])
    assert verdict(alike)[0].endswith("(A ± 3 %, B ± 3 %).")


def test_where_cells_are_not_defined_it_speaks_of_the_prior_reached():
    numbers = {"prior_coverage_whitened": 0.1, "prior_coverage": 0.0, "mse": 0.005}
    wide = [column("A", 8, **numbers), column("B", 8, **numbers | {"prior_coverage_whitened": 0.9})]
    found = verdict(spread(wide, prior_coverage_whitened=0.01))
    assert "**B** reaches the largest share." in found[0]
    assert "a sample of the prior: 97 %" in found[0]


def test_errors_of_codes_of_different_sizes_are_not_compared(pair):
    found = verdict(spread([pair[0], column("wide", 32, **AAE)]))
    assert "do not compare" in " ".join(found)
    assert "reconstructs best" not in " ".join(found)


def test_the_rule_stands_below(pair):
    assert verdict(spread(pair))[-1] == RULE


def test_one_run_alone_is_not_judged(pair):
    assert verdict(pair[:1]) == []


COLLAPSED = {"kl": 0.0003, "active_units": 0.0, "hole_share": 0.0, "prior_coverage": 0.99, "mse": 0.0738}


def test_a_collapsed_run_never_wins_and_the_verdict_says_why(pair):
    found = verdict([*pair, column("dead", **COLLAPSED)])
    assert found[0].startswith("**dead**: Collapsed: the code says next to nothing about the image (0 of 2")
    assert found[1:] == verdict(pair)


def test_beside_one_other_run_a_collapsed_one_leaves_nothing_to_compare(pair):
    (only,) = verdict([pair[0], column("dead", **COLLAPSED)])
    assert only.startswith("**dead**: Collapsed")


def test_a_collapsed_run_is_best_in_no_row(pair):
    found = rows([*pair, column("dead", **COLLAPSED)], with_whitened=False)
    assert not any(row.cells[2].is_best or row.cells[2].gap for row in found)
    assert column("dead", **COLLAPSED).heading == "dead · collapsed"
    assert column("wide", 32, active_units=8.0, kl=14.0).heading == "wide · 8 of 32 dimensions alive"


def test_what_a_collapsed_run_reaches_by_saying_nothing_is_not_shown_beside_others(pair):
    columns = [*pair, column("dead", **COLLAPSED)]
    cells = {row.label.rstrip(" ↓↑"): row.cells[2] for row in rows(columns, with_whitened=True)}
    assert cells["Reconstruction MSE"].value == 0.0738
    for label in ("Hole cells", "Prior covered"):
        assert cells[label].value is None
        assert cells[label].none.startswith("collapsed, so not compared")
    bars = {panel.title.rstrip(" ↓↑"): panel.values[2] for panel in panels(columns, with_whitened=False)}
    assert (bars["Hole cells"], bars["Reconstruction MSE"]) == (None, 0.0738)


def test_numbers_that_nobody_here_measured_are_shown_and_never_best(pair):
    forged = dataclasses.replace(column("F · imported", **AAE | {"mse": 0.0011}), is_hearsay=True)
    found = verdict(spread([*pair, forged]))
    assert found[0].startswith("**F · imported**: its numbers came with its file and were not measured here")
    assert found[1:] == verdict(spread(pair))
    assert not any(row.cells[2].is_best for row in rows(spread([*pair, forged]), with_whitened=True))
    assert [row.cells[2].value for row in rows([*pair, forged], with_whitened=True)][-1] == 0.0011


# Rows


def test_a_good_value_is_the_null_with_its_number(pair):
    assert good("prior_coverage", pair) == "Ideal: near 0.9700 ± 0.0025, what a sample of the prior scores."
    assert good("mmd2", pair) == "Ideal: near −0.00003, what a sample of the prior scores."
    assert good("mse", pair) == "Ideal: 0, a perfect copy; PCA of the same size reaches 0.0557."
    assert good("kl", pair) == "A diagnostic: neither way is better."


def test_nulls_that_differ_stand_in_the_cells():
    mixed = [column("A", **AE), Column("B", NULLS | AAE | {"prior_coverage_null": 0.9}, 32)]
    row = next(row for row in rows(mixed, with_whitened=False) if row.label.startswith("Prior covered"))
    assert row.good == "Ideal: near the null, what a sample of the prior scores."
    assert [cell.beside for cell in row.cells] == ["null 0.9700 ± 0.0025", "null 0.9000 ± 0.0025"]


def test_what_is_not_defined_says_so_in_its_cell():
    mixed = [column("A", **AE), column("B", 32, prior_coverage=0.9)]
    row = next(row for row in rows(mixed, with_whitened=False) if row.label.startswith("Hole"))
    assert row.cells[1] == Cell(None, none="not defined beyond 2 dimensions")


@pytest.mark.parametrize(
    ("name", "value", "best", "expected"),
    [
        ("mmd2", 0.3, 0.1, 0.2),
        ("mmd2", 0.05, 0.1, 0.0),
        ("prior_coverage", 0.5, 0.9, 0.4),
        ("prior_coverage", 0.95, 0.9, 0.0),
        ("prior_density", 1.5, 1.0, 0.5),
        ("prior_density", 0.5, 1.0, 0.5),
        ("kl", 3.0, None, None),
    ],
)
def test_a_gap_is_measured_on_the_worse_side_only(name, value, best, expected):
    assert gap(name, value, best) == pytest.approx(expected)


def test_whitened_numbers_stand_beside_on_request_only(pair):
    def twins(is_asked):
        return next(row.whitened for row in rows(pair, is_asked) if row.label.startswith("Hole"))

    assert not twins(False)
    assert [cell.value for cell in twins(True)] == [0.3, 0.03]


def test_a_file_has_every_number_in_full_with_null_n_k_and_seed(pair):
    pair[0] = column("AE", decoded_recognised=0.8, **AE)
    lines = {line["name"]: line for line in csv_rows(pair, 10_000)}
    assert lines["mmd2"]["AE"] == 0.3
    assert lines["hole_share_whitened"]["AE"] == 0.3
    assert "AAE" not in lines["decoded_recognised"]
    assert lines["mmd2"]["null or ideal, AE"] == -0.00003
    assert {line["n"] for line in lines.values()} == {10_000}
    assert {(line["k"], line["seed"]) for line in lines.values()} == {(5, 0)}


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.00003, "0.00003"), (-0.00003, "−0.00003"), (9e-8, "0.0000"), (0.0, "0"), (0.5, "0.5000")],
)
def test_a_small_number_shows_its_first_digit(value, text):
    assert plain_or_small(value) == text


# Who is best


def test_best_here_stands_only_beyond_the_known_spread(pair):
    def marked(columns):
        return {row.label: [cell.is_best for cell in row.cells] for row in rows(columns, with_whitened=False)}

    assert not any(map(any, marked(pair).values()))
    found = marked(spread(pair))
    assert found["Hole cells ↓"] == [False, True]
    assert found["Reconstruction MSE ↓"] == [True, False]


def test_a_style_code_is_better_free_of_the_class_and_never_best_beside_another_kind():
    def row(*columns):
        return next(row for row in rows(columns, with_whitened=False) if row.label.startswith("kNN"))

    known = {"knn_accuracy": 0.01}
    style, other = (
        Column(variant, {"knn_accuracy": value}, 2, None, variant, known)
        for variant, value in (("supervised_aae", 0.25), ("semi_supervised_aae", 0.5))
    )
    found = row(style, other)
    assert found.label == "kNN-15 accuracy ↓"
    assert [cell.is_best for cell in found.cells] == [True, False]
    mixed = row(style, Column("ae", {"knn_accuracy": 0.8}, 2, None, "ae", known))
    assert mixed.label == "kNN-15 accuracy"
    assert [cell.beside for cell in mixed.cells] == ["lower is better", "higher is better"]
    assert not any(cell.is_best for cell in mixed.cells)


# The table


@pytest.fixture
def html() -> str:
    cells = [Cell(0.5, 0.4), Cell(0.2, 0.1, is_best=True), Cell(None, none="not defined beyond 2 dimensions")]
    row = Row("3 · Holes", "Hole <cells> ↓", "share", "Good: 0.1.", "What it says.", cells)
    return coverage_table(["AE", "V<AE>", "wide"], [row], "n = 10,000")


def test_the_longest_bar_is_the_worst_and_the_others_are_in_proportion(html):
    assert "width: 100.0%" in html
    assert "width: 25.0%" in html
    assert html.count('class="bar"') == 2


def test_the_best_is_named_in_words_and_only_once(html):
    assert html.count("best here") == 1
    assert html.index("0.2000") < html.index("best here")


def test_names_are_text_and_a_missing_number_says_why(html):
    assert "V<AE>" not in html
    assert "Hole &lt;cells&gt;" in html
    assert "not defined beyond 2 dimensions" in html
    assert html.count('scope="row"') == 1


def test_where_all_are_as_good_no_bar_has_a_length():
    row = Row("g", "l", "u", "good", "s", [Cell(0.0, 0.0), Cell(0.0, 0.0)])
    assert "width: 0.0%" in coverage_table(["A", "B"], [row], "c")


# The figures


def test_a_bar_per_run_in_its_style_and_a_dotted_line_for_the_reference(pair):
    shown = panels(pair, with_whitened=False)
    figure = coverage_bars(["AE", "AAE"], shown)
    assert [annotation.text for annotation in figure.layout.annotations] == [panel.title for panel in shown]
    bars = [trace for trace in figure.data if trace.name == "AE"]
    assert [bar.y[0] for bar in bars] == [0.7, 0.38, 0.95, 0.0335]
    assert {bar.marker.pattern.shape for bar in figure.data if bar.name == "AAE"} == {run_style(1).pattern}
    assert [line.y0 for line in figure.layout.shapes] == [0.0, 0.97, 0.5, 0.0]
    assert [trace.name for trace in figure.data if trace.showlegend] == ["AE", "AAE"]


def test_whitened_bars_stand_beside_and_stand_back(pair):
    figure = coverage_bars(["AE", "AAE"], panels(pair, with_whitened=True))
    (faint,) = [t for t in figure.data if t.name == "AE, whitened" and t.y[0] == 0.3]
    assert faint.marker.opacity < 1
    assert not faint.showlegend


def test_a_number_that_is_not_defined_has_no_bar_and_no_text():
    figure = coverage_bars(["A", "B"], [Panel("t", [0.5, None], (), None, "")])
    assert np.isnan(figure.data[1].y[0])
    assert figure.data[1].text == ""


def test_a_map_shows_each_cell_as_full_as_it_is_and_edges_the_holes():
    shares = np.full((10, 20), 1 / 200)
    shares[2, 7] = 0.2 / 200
    figure = cell_maps({"A": shares, "B": shares})
    assert len(figure.data) == 20
    ring = figure.data[2]
    assert ring.marker.color[7] == pytest.approx(0.2)
    assert [colour == HOLE_LINE for colour in ring.marker.line.color] == [i == 7 for i in range(20)]
    assert ring.theta[7] == pytest.approx(7.5 * 18)
    assert ring.base[0] == pytest.approx(np.sqrt(-2 * np.log(0.8)))
    assert [trace.marker.showscale for trace in figure.data[::10]] == [True, False]


# On the page


def section(chosen: list, **parameters: str) -> AppTest:
    def page(names):
        import streamlit as st

        from aecore.storage.store import RunStore
        from dashboard.compare import coverage
        from dashboard.state import session

        runs = {run.run_id: run for run in RunStore().listing().runs}
        coverage.show([runs[name] for name in names], "digits")
        for sentence in session.take_notices():
            st.warning(sentence)

    app = AppTest.from_function(page, args=([run.run_id for run in chosen],), default_timeout=60)
    for name, value in parameters.items():
        app.query_params[name] = value
    return app.run()


def settled(app: AppTest, chosen: list) -> AppTest:
    """The section once its background work is done."""
    for run in chosen:
        job = background.jobs().get(f"coverage/{run.path}")
        for _ in range(600):
            if job is None or job.is_over:
                break
            job._stop.wait(0.1)
    return app.run()


def written(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.markdown, *app.caption, *app.info, *app.error])


def table_row(app: AppTest, label: str) -> str:
    """The HTML of the table's row whose label begins so."""
    return app.get("html")[0].proto.body.partition(f'<span class="label">{label}')[2].partition("</tr>")[0]


@pytest.fixture
def small_runs(finished_store, own_runs) -> dict:
    """Copies of the small runs, to which results may be kept beside."""
    for variant in ("ae", "vae", "aae", "conditional_vae"):
        path = finished_store.open(f"digits-{variant}-z2").path
        shutil.copytree(path, own_runs / path.name)
    return {run.config.variant: run for run in RunStore(own_runs).listing().runs}


@pytest.fixture
def trio(small_runs, monkeypatch) -> list:
    """Three runs that are compared, although their two epochs bring them no further than the mean image."""
    monkeypatch.setattr(collapse, "of_run", lambda *_: collapse.Collapse("sound", "", ""))
    return [small_runs[variant] for variant in ("ae", "vae", "aae")]


def test_coverage_that_is_missing_is_measured_in_the_background_kept_and_then_shown(trio):
    app = section(trio)
    assert not app.exception
    app = settled(app, trio)
    assert not app.exception
    assert all(cache.read(run, *COVERAGE) for run in trio)
    assert "Hole cells, whitened" in written(app)
    assert "Reconstruction MSE" in written(app)
    assert "599" in app.get("html")[0].proto.body
    assert "seed 0" in app.get("html")[0].proto.body
    assert len(app.get("plotly_chart")) == 1 + len(trio)
    labels = [button.label for button in app.get("download_button")]
    assert labels.count("HTML, interactive · 5 MB") == 2
    assert "CSV" in labels


def test_a_second_look_measures_nothing(trio, monkeypatch):
    for run in trio:
        runs.measure_coverage(runs.Run(run))
    monkeypatch.setattr(background.Jobs, "start", lambda *_: pytest.fail("measured again"))
    assert not section(trio).exception


def test_whitened_numbers_are_there_unless_the_link_says_otherwise(trio):
    for run in trio:
        runs.measure_coverage(runs.Run(run))
    assert ">whitened<" in section(trio).get("html")[0].proto.body
    app = section(trio, whitened="False")
    assert not app.toggle[0].value
    assert ">whitened<" not in app.get("html")[0].proto.body
    assert section(trio, whitened="perhaps").toggle[0].value


def test_a_run_without_any_coverage_number_gets_them(trio):
    metrics = trio[0].path / "metrics.json"
    manifest = json.loads((trio[0].path / "manifest.json").read_text())
    content = json.dumps({"mse": 0.03}).encode()
    metrics.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    manifest["files"]["metrics.json"] = {"bytes": len(content), "sha256": digest}
    (trio[0].path / "manifest.json").write_text(json.dumps(manifest))
    app = settled(section(trio), trio)
    assert not app.exception
    assert "not measured" not in table_row(app, "Hole cells")
    assert "not measured" in table_row(app, "Trustworthiness")  # which is none of coverage's numbers
    additions.keep(RunStore().open(trio[0].run_id), {"trustworthiness": 0.7531})
    assert "0.7531" in table_row(section(trio), "Trustworthiness")
    found = cache.read(RunStore().open(trio[0].run_id), *COVERAGE)["hole_share"][0]
    assert plain_or_small(found) in table_row(app, "Hole cells")


def test_without_the_images_it_says_what_is_missing_and_shows_the_rest(trio, monkeypatch):
    monkeypatch.setattr(
        "dashboard.services.cached_reads.images_are_here", lambda dataset, split="test": False
    )
    app = section(trio)
    assert not app.exception
    assert "not on this machine" in written(app)
    assert "Hole cells, whitened" in written(app)


def test_a_damaged_run_is_named_and_the_others_are_shown(trio):
    (trio[1].path / "metrics.json").write_text(
        (trio[1].path / "metrics.json").read_text().replace("0", "1", 1)
    )
    app = section(trio)
    assert not app.exception
    assert "is damaged" in app.error[0].value
    assert "Variational" not in app.get("html")[0].proto.body
    assert "Hole cells, whitened" in written(app)


def test_every_number_is_defined_in_a_dialog(trio):
    app = section(trio)
    next(button for button in app.button if button.label == "How each number is defined").click().run()
    assert not app.exception
    assert "# What every number means" in written(app)
    assert "```math" not in written(app)


# What runs are called


def names_of(*runs_: str) -> list[str]:
    return list(cached_reads.short_labels([RunStore().open(name) for name in runs_]).values())


def test_runs_of_different_variants_are_called_by_their_titles():
    assert names_of("mnist-ae-z2", "mnist-vae-z2") == ["Autoencoder", "Variational autoencoder"]


def test_codes_of_different_sizes_are_told_by_them():
    assert names_of("mnist-ae-z2", "mnist-ae-z32") == ["Autoencoder · z=2", "Autoencoder · z=32"]


def test_two_runs_of_one_variant_are_told_by_what_differs_and_the_others_stay_short():
    first, other, vae = names_of("mnist-aae-z2-716ed038d4", "mnist-aae-z2-c07377c75b", "mnist-vae-z2")
    assert first == "Adversarial autoencoder"
    assert other == "Adversarial autoencoder · prior swiss roll"
    assert vae == "Variational autoencoder"


# Many dimensions, where neighbours mean nothing and the kernel sees little


def test_runs_of_32_dimensions_are_held_by_the_two_sample_test_and_mmd_is_cautioned_about_at_the_number():
    told = {"two_sample_accuracy": 0.9, "two_sample_accuracy_whitened": 0.8, "mmd2": 0.0005}
    wide = [column("A", 32, **told), column("B", 32, **told | {"two_sample_accuracy_whitened": 0.6})]
    found = verdict(spread(wide, two_sample_accuracy_whitened=0.01))
    assert any("**B** is hardest to tell from the prior." in sentence for sentence in found)
    cells = {row.label: row.cells[0] for row in rows(wide, with_whitened=False)}
    assert "sees hardly any shape at 32 dimensions" in cells["MMD² to the prior ↓"].beside


def test_what_is_recognised_is_held_against_real_images_and_not_against_all():
    run = column("A", decoded_recognised=0.95, real_recognised=0.9)
    assert reference("decoded_recognised", run) == (0.9, "what real test images reach")
    assert gap("decoded_recognised", 0.95, 0.9) == 0


def test_a_collapsed_run_is_called_so_once(tmp_path, monkeypatch):
    monkeypatch.setenv("AECORE_RUNS", str(tmp_path))
    narrow = {"epochs": 8, "hidden": (24, 16)}
    made = [runs.train("vae", "digits", beta=beta, **narrow).stored for beta in (4.0, 5.0)]
    assert all(collapse.of_run(run.metrics, 2).is_total for run in made)
    for title in cached_reads.short_labels(made).values():
        assert "collapsed" not in title
    for heading in planes.headings(made).values():
        assert "collapsed" not in heading
    assert "not held against the prior" in planes.measures(made[0], None)
    dead = Column("VAE", made[0].metrics, 2)
    assert dead.heading == "VAE · collapsed"
