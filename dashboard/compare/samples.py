"""Prior samples: the same noise through every decoder, and what a model without a prior would need."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import streamlit as st

from aecore.errors import AecoreError
from aecore.latent import priors, sampling
from aecore.metrics.decoded_prior import SURE, class_variation, recognised
from aecore.storage.run import StoredRun
from dashboard.compare.readable_runs import openable
from dashboard.figures.export import codes_table, tiled
from dashboard.services import cached_reads, engine, turns
from dashboard.shared import collapse_notice, export_buttons, judge
from dashboard.shared.plain_text import as_text
from dashboard.state import keys, widgets

COLUMNS, ROWS = 10, 6
DRAWN = 1000
"""Samples that the share is measured on; the first of them are shown."""
SEEDS = (0, 999_999)
PER_ROW = 3
SHARP = 4
"""Screen pixels per image pixel: the browser would blur what it enlarges itself."""
Source = Literal["prior", "gaussian", "mixture"]
FITTED: dict[Source, str] = {
    "gaussian": "a Gaussian fitted to its codes",
    "mixture": f"{sampling.COMPONENTS} Gaussians fitted to its codes",
}
MEASURED = {
    "decoded_recognised": "**{:.1%}** recognised ↑",
    "decoded_class_tv": "class balance off by **{:.1%}** ↓",
}


@dataclass(frozen=True)
class Grid:
    """One picture of samples: whose decoder draws them, and where their codes come from."""

    run: StoredRun
    title: str
    source: Source

    @property
    def words(self) -> str:
        """Where the codes come from, for people."""
        prior = self.run.manifest["prior"]
        title = priors.find(priors.held_against(prior)).title
        own = f"its prior, {title}" if prior else f"{title}, though it has no prior"
        return FITTED.get(self.source, own)


def show(runs: list[StoredRun], dataset: str) -> None:
    """Grids of what each decoder makes of the same noise, and how much of it a classifier recognises.

    Args:
        runs: of one data set.
        dataset: its name.
    """
    st.markdown(
        f"**The same {DRAWN:,} draws go through every decoder.** The first {COLUMNS * ROWS} are shown, each "
        "at the same place in every grid. If the codes fill the prior, every sample should look like a real "
        "image."
    )
    seed, runs = _choose_seed(), openable(runs)
    if not runs:
        return
    titles = cached_reads.short_labels(runs)
    if note := alike(runs):
        st.caption(note)
    is_judged = judge.is_ready(dataset)
    reference = (
        judged_reals(dataset, runs[0]) if is_judged and cached_reads.images_are_here(dataset) else None
    )
    show_grids([Grid(run, titles[run.run_id], "prior") for run in runs], seed, is_judged)
    without = [run for run in runs if run.manifest["prior"] is None]
    if without:
        st.markdown("## What a model without a prior lacks")
        for run in without:
            st.caption(why(run, titles[run.run_id]))
        grids = [Grid(run, titles[run.run_id], source) for run in without for source in FITTED]
        show_grids(grids, seed, is_judged)
    if is_judged:
        st.caption(" ".join(_reading(reference)))


def _reading(reference: dict[str, float] | None) -> list[str]:
    """What the numbers below the grids say, and what real images reach."""
    found = [
        f"Recognised: share of samples whose class the judge is more than {SURE:.0%} sure of, and which it "
        "does not take for noise or a blend; higher is better, up to what real images reach. Class balance: "
        "total variation between the shares of the classes it sees and those in the data, 0 to 100 %, lower "
        "is better."
    ]
    if reference:
        known, off = (reference[name] for name in MEASURED)
        found.append(f"The first {DRAWN:,} real test images reach {known:.1%} and {off:.1%}.")
    return [*found, judge.WHAT, "An image it recognises need not be a good one."]


def _choose_seed() -> int:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        bound = widgets.linked(keys.PRIOR_NOISE, 0, SEEDS, "noise")
        seed = st.number_input(
            "Seed of the noise",
            *SEEDS,
            width=150,
            help="The same seed draws the same noise, here and on any other machine.",
            **bound,
        )
        following = int(seed) + 1 if seed < SEEDS[1] else 0
        st.button(
            "New noise",
            on_click=widgets.set_linked,
            args=(keys.PRIOR_NOISE, following),
            icon=":material/casino:",
        )
    return int(seed)


def alike(runs: list[StoredRun]) -> str:
    """In what way the draws are the same where codes differ in length or priors in shape."""
    words = []
    if len({run.config.latent_dim for run in runs}) > 1:
        words.append(
            "The runs' codes differ in length: a longer one begins with the numbers of a shorter one."
        )
    if any(not priors.is_standard_normal(run.manifest["prior"]) for run in runs):
        words.append("A prior of another shape than N(0, I) has draws of its own, from the same seed.")
    if any("conditions" in run.arrays for run in runs):
        words.append("A decoder that is given a class draws each column as the next class, from the left.")
    return " ".join(words)


def why(run: StoredRun, title: str) -> str:
    """Why (0, 0) decodes to nothing in particular, with this run's numbers."""
    codes = run.arrays["codes"].astype(np.float64)
    centre, spread = np.linalg.norm(codes.mean(0)), np.sqrt(codes.var(0).mean())
    return (
        f"Nothing told the **{as_text(title)}** where to put its codes: their mean lies "
        f"{centre:.2g} from 0, their standard deviation is {spread:.2g} per dimension (N(0, I): 0 and "
        "1). To its decoder N(0, I) is a patch of no meaning, and (0, 0) a place like any other. A Gaussian "
        "fitted to the codes afterwards has the right place and scale, but still falls between their "
        "clusters; a mixture follows the clusters. A prior makes such a fit unnecessary."
    )


def show_grids(grids: list[Grid], seed: int, is_judged: bool) -> None:
    """Grids side by side.

    Args:
        grids: what to draw.
        seed: of the noise.
        is_judged: whether the judge can be asked.
    """
    for start in range(0, len(grids), PER_ROW):
        for column, grid in zip(st.columns(PER_ROW), grids[start : start + PER_ROW], strict=False):
            with column:
                try:
                    _show_grid(grid, seed, is_judged)
                except AecoreError as error:
                    st.error(as_text(error))


def _show_grid(grid: Grid, seed: int, is_judged: bool) -> None:
    run = grid.run
    codes, images = drawn(run.path, grid.source, seed, run)
    shown = tiled(images[: COLUMNS * ROWS] / np.float32(255), COLUMNS)
    st.markdown(f"**{as_text(grid.title)}**  \n:small[from {grid.words}]")
    collapse_notice.mark(run)
    st.image(shown.repeat(SHARP, 0).repeat(SHARP, 1), width="stretch")
    if is_judged:
        found = judged(run, images)
        words = [words.format(found[name]) for name, words in MEASURED.items()]
        st.markdown(f"{' · '.join(words)}  \n:small[n = {len(images):,} samples, seed {seed}]")
    stem = f"{run.run_id}-{grid.source}-noise-{seed}"
    with st.container(horizontal=True, gap="small"):
        export_buttons.image_grid_png(shown, stem, key=f"samples-png-{stem}")
        columns = codes_table(codes[: COLUMNS * ROWS], classes_of(run, COLUMNS * ROWS), run.classes)
        rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
        export_buttons.table_csv(rows, f"{stem}-codes", key=f"samples-csv-{stem}")


@turns.rested
@st.cache_data(show_spinner="Loading the model and drawing …", max_entries=48)
def drawn(path: Path, source: Source, seed: int, _run: StoredRun) -> tuple[np.ndarray, np.ndarray]:
    """Samples and what the decoder makes of them.

    Args:
        path: the run's folder, which names it.
        source: "prior", or a distribution fitted to the codes, a name of `FITTED`.
        seed: of the noise.
        _run: the run.

    Returns:
        Codes float32 (DRAWN, d), and images uint8 (DRAWN, h, w, c).
    """
    if source == "prior":
        codes = sampling.prior_codes(_run.manifest["prior"], DRAWN, _run.config.latent_dim, seed)
    else:
        codes = sampling.fitted_codes(_run.arrays["codes"], source, DRAWN, seed)
    images = engine.decode(path, codes, classes_of(_run, DRAWN))
    return codes, np.rint(images * 255).astype(np.uint8)


def classes_of(run: StoredRun, count: int) -> np.ndarray | None:
    """The class each sample is drawn as, in turn along a row; None where the decoder takes none."""
    return np.arange(count) % COLUMNS % len(run.classes) if "conditions" in run.arrays else None


def judged(run: StoredRun, images: np.ndarray) -> dict[str, float]:
    """The decode test of images, uint8 (n, h, w, c); see `metrics.decoded_prior`."""
    found = engine.judge_probabilities(run.config.dataset, images.astype(np.float32) / 255)
    return {
        "decoded_recognised": float(recognised(found).mean()),
        "decoded_class_tv": class_variation(found, run.known_labels),
    }


@turns.rested
@st.cache_data(show_spinner=False, max_entries=4)
def judged_reals(dataset: str, _run: StoredRun) -> dict[str, float]:
    """The same of as many real test images, the first of them; the run gives labels and classes."""
    return judged(_run, cached_reads.test_images(dataset).pixels[:DRAWN])
