"""Interpolation: what each decoder draws on the way from one test image to another, straight and round."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from aecore.errors import AecoreError
from aecore.latent import interpolation
from aecore.storage.run import StoredRun
from dashboard.compare.readable_runs import openable
from dashboard.components.film import Film, film
from dashboard.figures.export import tiled
from dashboard.figures.path import PathLine, path_chart
from dashboard.services import cached_reads, engine, turns
from dashboard.shared import export_buttons, judge
from dashboard.shared.plain_text import as_text
from dashboard.shared.wording import with_article
from dashboard.state import keys, widgets

STEPS = 11
THUMBNAIL, SHARP = 64, 4
KINDS = {"straight": interpolation.straight, "spherical": interpolation.spherical}
ENDS = {keys.IMAGE: "From", keys.SECOND_IMAGE: "To"}
DIFFERENCE = (
    "The spherical path turns round 0 and keeps the length of the code, where the straight one cuts across: "
    "they differ where two codes lie in different directions, most of all in many dimensions, where samples "
    "of N(0, I) all have a length near √d and next to none lie inside. Without a prior 0 has no meaning, and "
    "neither has the arc."
)
READING = (
    "Distance: from each step to the nearest code of a test image, the two ends' own among them, in units of "
    "the codes' spread (root mean squared distance from their mean), lower is better: a path far from every "
    "code leads through a gap."
)


@dataclass(frozen=True)
class Walk:
    """One path of one run: images (steps, h, w, c), distances (steps,), the judge's view (steps, classes)."""

    run: StoredRun
    title: str
    place: int
    kind: str
    images: np.ndarray
    distances: np.ndarray
    probabilities: np.ndarray | None

    def line(self) -> PathLine:
        """The path in the chart."""
        head = (self.title, self.place, self.kind == "spherical", self.distances)
        if self.probabilities is None:
            return PathLine(*head)
        return PathLine(*head, self.probabilities.max(1), self.seen())

    def seen(self) -> list[str]:
        """The most probable class at each step."""
        assert self.probabilities is not None, "asked for only where a judge has seen them"
        return [self.run.classes[label] for label in self.probabilities.argmax(1)]

    def notes(self) -> list[str]:
        """What is told of each step beside the strip."""
        words = [
            f"{distance:.3f} from the nearest code" if distance else "on a real code"
            for distance in self.distances
        ]
        if self.probabilities is None:
            return words
        found = zip(words, self.seen(), self.probabilities.max(1), strict=True)
        return [f"{near} · looks like {with_article(name)} ({sure:.0%})" for near, name, sure in found]

    def rows(self) -> list[dict[str, object]]:
        """The path in a file, one line per step."""
        found = []
        for step, distance in enumerate(self.distances):
            line = {"run": self.run.run_id, "path": self.kind, "step": step + 1, "way": step / (STEPS - 1)}
            line |= {"distance to nearest code, spreads": float(distance)}
            if self.probabilities is not None:
                sure = float(self.probabilities[step].max())
                line |= {"most probable class": self.seen()[step], "confidence": sure}
            found.append(line)
        return found


def show(runs: list[StoredRun], dataset: str) -> None:
    """Two images, the strips between them for every run, and how far the paths stray.

    Args:
        runs: of one data set.
        dataset: its name.
    """
    st.markdown("**From one test image to another, through each latent space**, in equal steps.")
    runs = openable(runs)
    if not runs:
        return
    titles = cached_reads.short_labels(runs, with_collapse=True)
    ends, defaults = [], default_ends(runs[0].labels)
    for column, (key, word), default in zip(st.columns(2), ENDS.items(), defaults, strict=True):
        with column:
            ends.append(choose_end(key, word, runs[0], default))
    is_judged = judge.is_ready(dataset)
    walks = []
    for place, run in enumerate(runs):
        try:
            walks += walk(run, titles[run.run_id], place, ends[0], ends[1], is_judged)
        except AecoreError as error:
            st.error(as_text(error))
    if not walks:
        return
    film([Film(w.title, w.kind, w.images, w.notes()) for w in walks], key="interpolation")
    st.caption(DIFFERENCE)
    if any("conditions" in run.arrays for run in runs):
        st.caption(
            "A decoder that is given a class draws the first image's class, from halfway the second's."
        )
    _show_chart(walks, ends)


def default_ends(labels: np.ndarray | None) -> tuple[int, int]:
    """The first test image, and the first of another class, or the second where there are none."""
    return (0, 1) if labels is None else (0, int(np.argmax(labels != labels[0])))


def choose_end(key: str, word: str, run: StoredRun, default: int) -> int:
    """One end of the paths: a test image, by index or, where it has one, by class.

    Args:
        key: which end, a URL parameter.
        word: what it is called.
        run: any run of the data set.
        default: the index to begin with.

    Returns:
        The image's index.
    """
    labels, dataset, count = run.labels, run.config.dataset, run.test_images
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        thumbnail = st.container(width=THUMBNAIL)
        bound = widgets.linked(key, default, (0, count - 1), f"test image {word.lower()}")
        index = int(st.number_input(f"{word} image", 0, count - 1, width=120, **bound))
        if labels is not None:
            _choose_class(key, run, index)
        st.button(
            "Next",
            key=f"next-{key}",
            on_click=widgets.set_linked,
            args=(key, (index + 1) % count if labels is None else next_alike(labels, index)),
            help="The next test image."
            if labels is None
            else f"The next test image of the class {as_text(run.classes[labels[index]])}.",
        )
    if cached_reads.images_are_here(dataset):
        picture = cached_reads.test_images(dataset).pixels[index]
        thumbnail.image(picture.repeat(SHARP, 0).repeat(SHARP, 1), width=THUMBNAIL)
    return index


def _choose_class(key: str, run: StoredRun, index: int) -> None:
    """The class of an end; another one leads to its first test image."""
    own = int(run.known_labels[index])
    chosen = st.selectbox(
        "Class",
        range(len(run.classes)),
        own,
        format_func=lambda label: run.classes[label],
        key=f"{keys.CLASS_OF_END}-{key}-{index}",
        width=120,
        help="Leads to the first test image of a class.",
    )
    if chosen != own:
        widgets.set_linked(key, int(np.argmax(run.labels == chosen)))
        st.rerun()


def next_alike(labels: np.ndarray, index: int) -> int:
    """The next image of the same class, round to the first again."""
    alike = np.flatnonzero(labels == labels[index])
    return int(alike[(np.searchsorted(alike, index) + 1) % len(alike)])


def walk(run: StoredRun, title: str, place: int, start: int, end: int, is_judged: bool) -> list[Walk]:
    """Both paths of a run.

    Args:
        run: whose decoder draws.
        title: what to call it.
        place: its place on the page, from 0.
        start: index of the test image that the paths leave from.
        end: index of the one they lead to.
        is_judged: whether the judge can be asked.

    Returns:
        The straight and the spherical path.
    """
    images, distances = walked(run.path, start, end, run)
    seen = [None, None]
    if is_judged:
        seen = np.split(engine.judge_probabilities(run.config.dataset, np.concatenate(images)), 2)
    found = zip(KINDS, images, distances, seen, strict=True)
    return [Walk(run, title, place, *each) for each in found]


@turns.rested
@st.cache_data(show_spinner="Loading the model and drawing …", max_entries=48)
def walked(path: Path, start: int, end: int, _run: StoredRun) -> tuple[np.ndarray, np.ndarray]:
    """Images (2, STEPS, h, w, c) in [0, 1] along both paths, and distances (2, STEPS) to the nearest code.

    The path names the run; the ends' codes are those that are stored with it.
    """
    codes = _run.arrays["codes"].astype(np.float32)
    paths = [path_of(codes[start], codes[end], STEPS) for path_of in KINDS.values()]
    classes = None
    if "conditions" in _run.arrays:
        first, last = _run.arrays["conditions"][[start, end]].astype(int)
        classes = np.where(np.arange(STEPS) < STEPS // 2, first, last)
    images = np.stack([engine.decode(path, along, classes) for along in paths])
    return images, np.stack([interpolation.nearest_distance(along, codes) for along in paths])


def _show_chart(walks: list[Walk], ends: list[int]) -> None:
    figure = path_chart([walk.line() for walk in walks])
    stem = f"{walks[0].run.config.dataset}-from-{ends[0]}-to-{ends[1]}"
    st.plotly_chart(figure, width="stretch", config=export_buttons.config(stem), key="interpolation-chart")
    judged = ""
    if walks[0].probabilities is not None:
        judged = (
            " Confidence: probability of the most probable class, 0 to 1, higher is better; low too where "
            f"the judge sees a blend or noise. {judge.WHAT}"
        )
    st.caption(READING + judged)
    with st.container(horizontal=True):
        strips = tiled(np.concatenate([walk.images for walk in walks]), STEPS)
        export_buttons.image_grid_png(strips, f"{stem}-strips", key="interpolation-png")
        export_buttons.table_csv(
            [row for walk in walks for row in walk.rows()], stem, key="interpolation-csv"
        )
        export_buttons.figure_buttons(figure, f"{stem}-chart", key="interpolation-html")
