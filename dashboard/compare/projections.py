"""Projections: codes of more than two numbers as maps, side by side, linked to the planes above."""

import dataclasses
from collections.abc import Mapping

import numpy as np
import streamlit as st

from aecore.analysis import projection
from aecore.analysis.projection import Projection, ProjectionConfig
from aecore.errors import AecoreError, BadValue
from aecore.evaluation import directions
from aecore.storage.run import StoredRun
from dashboard.compare.projection_form import Source, choose_method, choose_sources
from dashboard.components.latent_plane import Mark, linked_plane, plane_marks
from dashboard.figures.projection import projection_map
from dashboard.services import background, cached_reads, engine, turns
from dashboard.shared.dataset_download import tell_absence
from dashboard.shared.export_buttons import config, figure_buttons, table_csv
from dashboard.shared.lack_of_labels import lack_of_labels
from dashboard.shared.plain_text import as_text
from dashboard.state import keys, plane, widgets

MAPS, CHARTS = "Linked maps", "Charts to save"
TRUST = (
    "**Trustworthiness**: 1 where the 15 neighbours on the map are neighbours in what was projected; random "
    "places score about 0.5."
)
NUMBERS = (
    "**kNN-15 accuracy**: share of the images whose class most of their 15 nearest neighbours on the map "
    f"have, each image left out in turn. {TRUST} Both from 0 to 1, higher is better (kNN lower where the "
    "decoder is given the class)."
)


def show(runs: list[StoredRun], dataset: str, own: np.ndarray | None = None) -> None:
    """The section: what to map and how, the maps there are, and a start for those that lack.

    Args:
        runs: of one data set.
        dataset: its name.
        own: an image of the person's own to place on the maps, uint8 (h, w, c).
    """
    count = len(runs[0].arrays["codes"])
    sources = choose_sources(runs, dataset)
    method, subsample, settings = choose_method(count)
    st.markdown(projection.module(method).NOTE)
    if not sources:
        st.info("Choose at least one map above.")
        return
    try:
        configs = [source.config(method, subsample, settings) for source in sources]
    except BadValue as error:
        st.error(as_text(error))
        return
    found = [projection.kept(config) for config in configs]
    start_missing(sources, configs, found, method)
    ready = [(s, c, f) for s, c, f in zip(sources, configs, found, strict=True) if f is not None]
    if not ready:
        return
    as_charts = st.segmented_control(
        "Shown as",
        [MAPS, CHARTS],
        label_visibility="collapsed",
        **widgets.linked(keys.MAP_LOOK, MAPS, [MAPS, CHARTS], "way to show the maps"),
    )
    if own is not None and not all(source.run.has_encoder for source, _, _ in ready):
        st.caption("Your own image is not on maps of runs that have no encoder.")
    if own is not None and not projection.module(method).CAN_PLACE:
        st.caption("Your own image is not on these maps: only t-SNE and PCA can place a new one.")
    show_maps(ready, as_charts == CHARTS, own)
    st.caption(NUMBERS if runs[0].classes else _without_labels(runs[0].manifest["data_title"]))
    table_csv([_row(*entry) for entry in ready], f"{dataset}-projections", key="projections-csv")


def _without_labels(title: str) -> str:
    lack = lack_of_labels(title, "no map says how many neighbours share their class")
    return f"{TRUST} From 0 to 1, higher is better. {lack}"


def start_missing(
    sources: list[Source], configs: list[ProjectionConfig], found: list[Projection | None], method: str
) -> None:
    """What is computed now, with progress and Stop, and a button for what is neither kept nor under way."""
    lacking = [(s, c) for s, c, f in zip(sources, configs, found, strict=True) if f is None]
    for source, _ in [pair for pair in lacking if not pair[0].can_start]:
        tell_absence(source.run.config.dataset, f"{source.title} has no map", "test")
    waiting = [(s, c) for s, c in lacking if s.can_start and not background.show(c.key)]
    if not waiting:
        return
    if sentence := projection.missing(method):
        st.info(sentence)
        return
    title, names = projection.module(method).TITLE, ", ".join(source.title for source, _ in waiting)
    st.button(
        f"Compute {len(waiting)} map{'s' * (len(waiting) > 1)} by {title}",
        type="primary",
        help=f"In the background, some 20 seconds for each with 10,000 images on two cores: {names}. Kept, "
        "so that it is there at once the next time.",
        on_click=_start_all,
        args=({f"{title} of {source.title}": config for source, config in waiting},),
    )


def _start_all(configs: Mapping[str, ProjectionConfig]) -> None:
    for title, asked in configs.items():
        start(title, asked)


def start(title: str, config: ProjectionConfig) -> None:
    """Compute a map in the background, unless that is under way."""
    is_timed = projection.is_timed(config.method)
    background.jobs().start(
        config.key, title, lambda report: projection.project(config, report=report), is_timed=is_timed
    )


def show_maps(
    ready: list[tuple[Source, ProjectionConfig, Projection]], as_charts: bool, own: np.ndarray | None
) -> None:
    """Maps side by side, each with its numbers; one that does not open says so at its own place.

    Args:
        ready: what was mapped, how, and the map.
        as_charts: as charts that can be saved; else as maps that are linked with the planes.
        own: an image of the person's own, uint8 (h, w, c).
    """
    per_row = {1: 2, 2: 2, 4: 2}.get(len(ready), 3)
    marks = []
    for begin in range(0, len(ready), per_row):
        for column, entry in zip(st.columns(per_row), ready[begin : begin + per_row], strict=False):
            with column:
                try:
                    placed = place(*entry[:2], own)
                    (_show_chart if as_charts else _show_plane)(*entry, placed)
                except AecoreError as error:
                    st.error(as_text(error))
                    continue
            if placed is not None:
                marks.append(Mark(_name(entry[1]), placed[0], None, "Your image"))
    plane_marks(cached_reads.COMPARE_GROUP, marks=[] if as_charts else marks, key="projection-marks")


def _show_plane(source: Source, config: ProjectionConfig, found: Projection, _: np.ndarray | None) -> None:
    st.markdown(f"**{source.title}**  \n{_words(source, found)}")
    with_codes = source.inputs == "codes"
    packed = cached_reads.projection_plane(
        config.key, _name(config), source.title, source.run, found, with_codes
    )
    linked_plane(packed, key=f"map-{_name(config)}")


def _show_chart(
    source: Source, asked: ProjectionConfig, found: Projection, placed: np.ndarray | None
) -> None:
    run, settings = source.run, dataclasses.asdict(asked.settings)
    how = ", ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in settings.items())
    by = f"{projection.module(asked.method).TITLE}{', ' * bool(how)}{how}"
    figure = projection_map(
        found.positions,
        None if run.labels is None else run.labels[found.indices],
        run.classes,
        source.title,
        subtitle=by,
        indices=found.indices,
        images=found.images,
        selected=plane.shared_image(found.images),
        placed=placed,
    )
    name = _name(asked)
    st.plotly_chart(figure, width="stretch", config=config(name), key=f"chart-{name}")
    st.markdown(_words(source, found))
    figure_buttons(figure, name, key=f"html-{name}")


def _name(config: ProjectionConfig) -> str:
    """What a map is called in file names and among the planes; one of it is on the page at a time."""
    return f"{config.method}-{config.name}" + f"-{config.inputs}" * (config.inputs != "codes")


def _way(source: Source) -> str:
    """Which way of kNN is better for what was mapped: a code free of the class scores low on purpose."""
    return directions.better("knn_accuracy", source.run.config.variant if source.inputs == "codes" else "")


def _words(source: Source, found: Projection) -> str:
    """A line with the map's numbers, and its size where that is not all."""
    numbers = (
        ("kNN-15 accuracy", found.knn_accuracy, _way(source)),
        ("trustworthiness", found.trustworthiness, "higher"),
    )
    words = [
        f"{name}\N{NO-BREAK SPACE}{value:.3f}\N{NO-BREAK SPACE}{directions.ARROWS[better].strip()}"
        for name, value, better in numbers
        if value is not None
    ]
    if len(found.positions) < found.images:
        words.append(f"{len(found.positions):,} of {found.images:,} images, taken at random")
    return f":small[{' · '.join(words)}]"


def _row(source: Source, config: ProjectionConfig, found: Projection) -> dict[str, object]:
    numbers: dict[str, object] = {}
    if found.knn_accuracy is not None:
        numbers = {"kNN-15 accuracy (0 to 1)": found.knn_accuracy, "kNN-15 accuracy, better": _way(source)}
    numbers |= {
        "trustworthiness (0 to 1, higher is better)": found.trustworthiness,
        "images": len(found.positions),
        "seconds": found.seconds,
    }
    return {"map": source.title, "of": config.name, "method": config.method, **config.kept_as, **numbers}


def place(source: Source, config: ProjectionConfig, own: np.ndarray | None) -> np.ndarray | None:
    """Where a person's own image lies on a kept map.

    Args:
        source: what was mapped.
        config: how.
        own: uint8 (h, w, c); None where there is none.

    Returns:
        float32 (1, 2); None where there is no image, where the method cannot place one, or where the
        images that a baseline is made of are not on this machine.
    """
    if own is None or not projection.module(config.method).CAN_PLACE or not source.can_start:
        return None
    return _placed(config.key, own.tobytes(), config, own)


@turns.rested
@st.cache_data(show_spinner="Placing your image on the map …", max_entries=64)
def _placed(key: str, image: bytes, _config: ProjectionConfig, _own: np.ndarray) -> np.ndarray | None:
    return engine.place(_config, _own[None])
