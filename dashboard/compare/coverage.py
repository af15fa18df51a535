"""The coverage section: how the codes of each run fill the prior, in seven numbers, and what it costs."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import streamlit as st

from aecore.errors import AecoreError
from aecore.evaluation import additions, deviations
from aecore.metrics import SEED, WHITENED
from aecore.metrics.cells import empty_by_chance
from aecore.metrics.coverage import NEAREST
from aecore.storage.run import StoredRun
from dashboard.compare.coverage_rows import Column, csv_rows, panels, rows
from dashboard.compare.verdict import verdict
from dashboard.figures.coverage import cell_maps, coverage_bars
from dashboard.figures.coverage_table import coverage_table
from dashboard.services import background, cached_reads, engine
from dashboard.shared.dataset_download import lack_training_images
from dashboard.shared.export_buttons import config, figure_buttons, table_csv
from dashboard.shared.lack_of_labels import lack_of_labels
from dashboard.shared.plain_text import as_text, in_figure
from dashboard.state import keys, widgets

HERE = Path(__file__).resolve()
DEFINITIONS = (HERE.parents[1] / "metrics.md", HERE.parents[2] / "docs" / "metrics.md")
"""Where the definitions lie: installed, and in the repository."""
WIDEST = 1000  # CSS pixels of the bars: wider ones say no more


def show(runs: list[StoredRun], dataset: str) -> None:
    """The section: a verdict, bars, the table, maps of the cells, and everything to take home.

    Args:
        runs: of one data set.
        dataset: its name.
    """
    kept = {run.run_id: cached_reads.kept_coverage(run) for run in runs}
    titles = cached_reads.short_labels(runs)
    columns = {}
    for run in runs:
        try:
            numbers = {name: float(array[0]) for name, array in kept[run.run_id].items() if array.size == 1}
            columns[run.run_id] = Column(
                titles[run.run_id],
                _newest(additions.numbers(run), numbers),
                run.config.latent_dim,
                run.manifest["prior"],
                run.config.variant,
                deviations.known(run, kept[run.run_id]),
                run.is_hearsay,
                run.config.options.get("likelihood", ""),
            )
        except AecoreError as error:
            st.error(as_text(error))
    known = [run for run in runs if run.run_id in columns]
    _measure_what_is_missing([run for run in known if _lacks(run, columns[run.run_id], kept[run.run_id])])
    if not known:
        return
    if not known[0].classes:
        consequence = "the decode test and the classes of a code's neighbours are left out"
        st.caption(lack_of_labels(known[0].manifest["data_title"], consequence))
    with_whitened = _choose_whitened()
    shown = [columns[run.run_id] for run in known]
    named = [replace(column, title=as_text(column.title)) for column in shown]
    if sentences := verdict(named):
        with st.container(border=True, width=WIDEST):
            st.markdown("\n\n".join(sentences))
    _show_bars(shown, with_whitened)
    _show_table(shown, with_whitened, len(known[0].arrays["codes"]), dataset)
    cells = f"cells{WHITENED * with_whitened}"
    having = [run for run in known if cells in kept[run.run_id] and not columns[run.run_id].collapse.is_total]
    _show_maps(
        {in_figure(titles[run.run_id]): kept[run.run_id][cells] for run in having},
        len(known[0].arrays["codes"]),
        with_whitened,
    )


def _newest(stored: Mapping[str, float], kept: Mapping[str, float]) -> dict[str, float]:
    """A run's numbers: its own, but where it was stored before codes were whitened those kept since."""
    return {**kept, **stored} if "mmd2" + WHITENED in stored else {**stored, **kept}


def _lacks(run: StoredRun, column: Column, kept: Mapping[str, np.ndarray]) -> bool:
    """Whether a number or map is missing that the run could have."""
    known, is_labelled = {*column.numbers, *kept}, bool(run.classes)
    model = column.latent_dim, column.prior
    has = additions.has_of_coverage(run)
    return bool(additions.lacking_coverage(known, *model, is_labelled=is_labelled, has=has))


def _measure_what_is_missing(runs: list[StoredRun]) -> None:
    """Measure in the background, once for all who look; or say why it cannot be done."""
    if not runs:
        return
    if not cached_reads.images_are_here(runs[0].config.dataset, "train"):
        lack_training_images(
            runs[0].config.dataset,
            f"the whitened numbers and the maps of cells that {len(runs)} of these runs lack cannot be "
            "measured",
        )
        return
    for run in runs:
        key, title = f"coverage/{run.path}", f"Measuring the coverage of {run.run_id}"
        register, path = background.jobs(), run.path
        job = register.get(key)
        begin = (key, title, lambda report, path=path: engine.coverage(path, report))
        if job is None:
            register.start(*begin, is_timed=False)
        if not background.show(key):
            st.button(
                "Measure again",
                key=f"measure-again-{key}",
                on_click=background.start,
                args=begin,
                kwargs={"is_timed": False},
            )


def _choose_whitened() -> bool:
    return st.toggle(
        "Also show whitened values",
        **widgets.linked(keys.WHITENED, True, (0, 1), "whitened numbers"),
        help="The same numbers after the codes are brought to mean 0 and covariance I: what is left is the "
        "shape of the codes, which no moving, turning or scaling alters. For the decode test the samples of "
        "the prior are moved, widened and turned to the codes instead.",
    )


def _show_bars(columns: list[Column], with_whitened: bool) -> None:
    titles = [in_figure(column.heading) for column in columns]
    figure = coverage_bars(titles, panels(columns, with_whitened))
    with st.container(width=WIDEST):
        st.plotly_chart(figure, width="stretch", config=config("coverage"), key="coverage-bars")
        st.caption(
            "Dotted: what a sample of the prior scores, or the best there is. ↓ lower is better, ↑ higher is "
            "better."
            + " Faint: the same number, whitened." * with_whitened
            + " A collapsed run has no bar beside the prior, which a code that says nothing fits by itself."
            * any(column.collapse.is_total for column in columns)
        )
        figure_buttons(figure, "coverage", "coverage-html")


def _show_table(columns: list[Column], with_whitened: bool, images: int, dataset: str) -> None:
    st.markdown("## The seven numbers")
    with st.container(horizontal=True):
        if st.button("How each number is defined", icon=":material/menu_book:", help="docs/metrics.md"):
            _show_definitions()
        table_csv(csv_rows(columns, images), f"coverage-{dataset}", "coverage-csv")
    free = [column.title for column in columns if column.prior is None]
    against = f" {', '.join(free)}: held against N(0, I), not trained for it." if free else ""
    caption = (
        f"{images:,} test codes against {images:,} samples of the prior, seed {SEED}, k = {NEAREST} "
        f"neighbours.{against} Bars show the distance from ideal: shorter is better. “Best here” stands only "
        "where a run is better than all others beyond what seeds and test images explain. Open a row for its "
        "definition."
    )
    titles = [column.heading for column in columns]
    st.html(coverage_table(titles, rows(columns, with_whitened), caption))


@st.dialog("How each number is defined", width="large")
def _show_definitions() -> None:
    path = next((path for path in DEFINITIONS if path.is_file()), None)
    text = path.read_text("utf-8") if path else "docs/metrics.md is not here."
    for written, shown in (("```math", "$$"), ("```", "$$"), ("$`", "$"), ("`$", "$")):  # GitHub, Streamlit
        text = text.replace(written, shown)
    st.markdown(text)


def _show_maps(cells: dict[str, np.ndarray], images: int, is_whitened: bool) -> None:
    if not cells:
        return
    st.markdown(f"## The prior's 200 cells{', whitened codes' * is_whitened}")
    chance = empty_by_chance(images)
    by_chance = f" By chance {images:,} codes of the prior leave {chance:.1%} of them empty." * (
        chance > 0.0005
    )
    st.caption(
        "10 rings by 20 sectors of equal mass under N(0, I), drawn where they lie; the tick labels are "
        "standard deviations, and the last ring has no end. Bright: at least twice the codes expected there. "
        f"Orange edge: a hole cell, with fewer than a quarter of them.{by_chance}"
    )
    with st.container(horizontal=True):
        for title, shares in cells.items():
            with st.container(width=340):
                figure = cell_maps({title: shares})
                st.plotly_chart(
                    figure, width="stretch", config=config(f"cells-{title}"), key=f"cells-{title}"
                )
    figure_buttons(cell_maps(cells), "cells", "cells-html")
