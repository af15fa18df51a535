"""Cached reads of runs and data sets, for pages. No torch."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from aecore import datasets
from aecore.analysis import hole_map
from aecore.analysis.projection import Projection
from aecore.config import RunConfig
from aecore.datasets import Images, Split
from aecore.errors import AecoreError, RunChanged, RunDamaged
from aecore.evaluation import additions, collapse
from aecore.models import cards
from aecore.models.cards import Card
from aecore.storage import archive_validation
from aecore.storage.run import StoredRun
from aecore.storage.store import Listing, RunStore
from dashboard.components.latent_plane import pack, pack_images
from dashboard.components.latent_plane.packing import Originals, Remote, placed
from dashboard.services import engine, packed_planes, turns
from dashboard.shared import run_plane
from dashboard.shared.wording import epochs_words
from dashboard.state import keys

LONGEST_KEPT = 16
TROUBLE_KEPT = 10.0
"""Seconds for which images that were damaged are taken to be so still."""
WIDEST_PLANE = 128
"""Numbers in the longest code that the plane takes."""
EXPLORE_GROUP, COMPARE_GROUP = "explore", "compare"
"""Planes of one group share what is pointed at, and the marks laid over them."""


def listing() -> Listing:
    """Every run there is; read again only when a folder of runs has changed."""
    return _listing(tuple((str(root), root.stat().st_mtime_ns) for root in RunStore().there()))


@st.cache_resource(show_spinner=False, max_entries=2)
def _listing(folders: tuple[tuple[str, int], ...]) -> Listing:
    return RunStore().listing()


def check(run: StoredRun) -> None:
    """See that pages can show a run, before they take it for one; each is looked at once.

    Args:
        run: any run that is listed.

    Raises:
        RunDamaged: if they cannot; it says why.
    """
    if trouble := _run_trouble(run.path, run.manifest["files"], run):
        raise RunDamaged(run.path, trouble)


@turns.rested
@st.cache_resource(show_spinner=False, max_entries=2000)
def _run_trouble(path: Path, files: Mapping[str, Any], _run: StoredRun) -> str:
    """Why no page can show a run; "" where it can."""
    try:
        archive_validation.check(StoredRun(path, _run.manifest, _run.config), with_epochs=False)
    except RunDamaged as error:
        return error.what
    return ""


def dataset_titles() -> dict[str, str]:
    """Titles of the data sets by name, MNIST first."""
    ordered = sorted(datasets.names(), key=lambda name: name != "mnist")
    return {name: datasets.title(name) for name in ordered}


def shown_titles() -> dict[str, str]:
    """Titles of the data sets by name, then of what runs are of that have no data set here."""
    known = dataset_titles()
    return known | {
        run.config.dataset: run.manifest["data_title"]
        for run in listing().runs
        if run.config.dataset not in known
    }


def variant_titles(here: list[StoredRun], is_labelled: bool = True) -> dict[str, str]:
    """Titles of the variants by name, in the order in which one learns them.

    Args:
        here: the runs of the chosen data set; a variant that has none says so.
        is_labelled: whether its images have labels; what needs them says so where there are none.

    Returns:
        What can be trained and what was trained, also by a variant that is no longer there.
    """
    trained = {run.config.variant: run.manifest["title"] for run in here}
    known = {name: cards.title(name) for name in cards.names()}
    why = {
        name: "not trained yet" if is_labelled or not cards.needs_labels(name) else "needs labels"
        for name in known
        if name not in trained
    }
    return known | trained | {name: f"{known[name]} · {words}" for name, words in why.items()}


def run_labels(runs: list[StoredRun], with_title: bool = False, with_collapse: bool = True) -> dict[str, str]:
    """What to call each run in a list: where it is from, its code size, and what tells it from its like.

    A name that its owner gave it comes before all.

    Args:
        runs: the runs of one data set.
        with_title: whether the variant's title comes first, where they are of several variants.
        with_collapse: whether a run whose code says nothing is called so; not where that stands beside.

    Returns:
        Labels by run id. Of runs with the same variant, code size and given name each says no more than it
        takes to tell it from the first of them and from the others.
    """
    alike: dict[tuple[str, int, str], list[StoredRun]] = {}
    for run in runs:
        alike.setdefault((run.config.variant, run.config.latent_dim, run.annotation.name), []).append(run)
    labels = {}
    for (_, size, name), members in alike.items():
        settings = [_words_of_settings(run.config) for run in members]
        telling = _telling(settings)
        for run, own in zip(members, settings, strict=True):
            head = [run.manifest["title"], f"z={size}"] if with_title else []
            tail = [run.origin] if with_title else [run.origin, f"z={size}"]
            differences = [own[setting] for setting in telling if own[setting] != settings[0][setting]]
            given = [name.replace(" · ", ", ")] if name else []
            marks = [collapse_word(run) * with_collapse]
            labels[run.run_id] = " · ".join(filter(None, [*given, *head, *marks, *tail, *differences]))
    return labels


def _words_of_settings(config: RunConfig) -> dict[str, str]:
    """Every setting in words, the most telling first: a word says what kind of run it is, a number less."""
    options = sorted(config.options.items(), key=lambda option: not isinstance(option[1], str))
    words = {name: _words(name, value) for name, value in options}
    general = {name: _words(name, getattr(config, name)) for name in ("batch_size", "learning_rate", "seed")}
    return words | {"epochs": epochs_words(config)} | general


def _words(name: str, value: object) -> str:
    """A setting as a person says it: hidden 512-256, lowest level 0.3, no bias."""
    title = name.replace("_", " ")
    if isinstance(value, bool):
        return title if value else f"no {title}"
    if isinstance(value, tuple):
        value = "-".join(map(str, value)) or "none"
    return f"{title} {value:g}" if isinstance(value, float) else f"{title} {str(value).replace('_', ' ')}"


def _telling(settings: list[dict[str, str]]) -> list[str]:
    """The settings that tell runs of one variant apart, without those that the others make needless."""
    names = list(settings[0])
    count = len({tuple(own.get(name) for name in names) for own in settings})
    for name in reversed(names):
        others = [other for other in names if other != name]
        if len({tuple(own.get(other) for other in others) for own in settings}) == count:
            names = others
    return names


def collapse_word(run: StoredRun) -> str:
    """A word or two for a run whose code says nothing; a damaged one is named where it is opened."""
    try:
        found = collapse.of_run(run.metrics, run.config.latent_dim)
    except AecoreError:
        return ""
    return found.words * found.is_total


def card(variant: str) -> Card | str:
    """The card of a variant, or a sentence that says why there is none."""
    try:
        return cards.card(variant)
    except (AecoreError, ValueError) as error:
        return str(error)


def images_are_here(dataset: str, split: Split = "test") -> bool:
    """Whether images of a data set are on this machine, the test images whole and as they should be.

    Args:
        dataset: its name.
        split: which images: those that are shown and measured on, or those that are learnt from ("train").

    Returns:
        Whether they are here; training images never without test images that can be used.
    """
    return _are_here(dataset, split) and not image_trouble(dataset)


def image_trouble(dataset: str) -> str:
    """What is wrong with the test images of a data set, in a sentence; empty if nothing, or none are here."""
    return _trouble(dataset, datasets.data_root())


@st.cache_data(show_spinner=False, max_entries=16, ttl=TROUBLE_KEPT)
def _trouble(dataset: str, root: Path) -> str:
    try:
        if datasets.is_present(dataset, "test"):
            test_images(dataset)
    except AecoreError as error:
        return str(error)
    return ""


def _are_here(dataset: str, split: Split) -> bool:
    try:
        return datasets.is_present(dataset, split)
    except AecoreError:  # a data set whose file is gone or broken
        return False


def test_images(dataset: str) -> Images:
    """The test images of a data set, which must be here."""
    return _test_images(dataset, datasets.data_root())


@st.cache_resource(show_spinner=False, max_entries=4)
def _test_images(dataset: str, root: Path) -> Images:
    return datasets.load_images(dataset, "test", root)


@turns.rested
@st.cache_resource(show_spinner="Reading the training images …", max_entries=2)
def training_images(dataset: str) -> Images:
    """The training images of a data set, which must be here."""
    return datasets.load_images(dataset, "train")


def training_count(dataset: str) -> int:
    """How many training images a data set has; 0 where they are not on this machine."""
    return _training_count(dataset) if images_are_here(dataset, "train") else 0


@turns.rested
@st.cache_data(show_spinner="Reading the images …", max_entries=16)
def _training_count(dataset: str) -> int:
    return len(datasets.load_images(dataset, "train"))


def has_plane(run: StoredRun) -> bool:
    """Whether the plane takes codes as wide as the run's."""
    return run.config.latent_dim <= WIDEST_PLANE


@st.cache_resource(show_spinner=False, max_entries=LONGEST_KEPT)
def packed_plane(path: Path) -> bytes:
    """What the latent plane shows of a run, wherever it stands, as one buffer.

    Args:
        path: the run's folder, which names it.

    Returns:
        The packed bytes.
    """
    run = _listed(path)
    check(run)
    return pack(**run_plane.described(run), values=run_plane.values(run))


def plane_of(run: StoredRun, originals: Originals | None, colours: tuple[str, ...] = ()) -> Remote:
    """The plane of a run by itself.

    Args:
        run: a listed run.
        originals: where the test images are; None where they are not on this machine.
        colours: what its dots can be coloured by, as `pack` names it.

    Returns:
        Where its buffer is, and what it is told beside.
    """
    urls = keys.PLANE_URL | {"run": keys.RUN}
    about = placed(EXPLORE_GROUP, originals=originals, url_names=urls, colours=colours)
    return Remote(packed_planes.address(run), about)


def linked_plane_of(run: StoredRun, colours: tuple[str, ...] = ()) -> Remote:
    """The same of a run among others, whose originals and state are those of `shared_images`."""
    return Remote(packed_planes.address(run), placed(COMPARE_GROUP, colours=colours))


@st.cache_resource(show_spinner=False, max_entries=4)
def shared_images(dataset: str, originals: Originals | None, _run: StoredRun) -> bytes:
    """What linked planes share, as one buffer.

    Args:
        dataset: its name.
        originals: where the test images are; None where they are not on this machine.
        _run: any run of the data set.

    Returns:
        The packed bytes.
    """
    return pack_images(
        **run_plane.shared(_run), group=COMPARE_GROUP, url_names=keys.SHARED_URL, originals=originals
    )


def _listed(path: Path) -> StoredRun:
    found = next((run for run in listing().runs if run.path == path), None)
    if found is None:
        raise RunChanged(path)  # deleted a moment ago
    return found


@turns.rested
@st.cache_data(show_spinner="Loading the model and drawing …", max_entries=LONGEST_KEPT)
def style_grid(path: Path) -> np.ndarray:
    """`engine.style_by_class`, drawn once."""
    return engine.style_by_class(path)


def kept_coverage(run: StoredRun) -> dict[str, np.ndarray]:
    """What `engine.coverage` kept of a run, by name; nothing where it was never asked."""
    return additions.kept_coverage(run)


def kept_holes(run: StoredRun) -> dict[str, np.ndarray] | None:
    """The map of a run's holes as `engine.holes` returns it; None where it was never computed."""
    path = hole_map.path(run)
    return _holes(path, path.stat().st_mtime_ns, run) if path else None


@st.cache_resource(show_spinner=False, max_entries=LONGEST_KEPT)
def _holes(path: Path, changed: int, _run: StoredRun) -> dict[str, np.ndarray] | None:
    """Worked out once for each file: smoothing ten thousand codes takes a tenth of a second."""
    found = hole_map.kept(_run)
    return hole_map.as_arrays(found) if found else None


def short_labels(runs: list[StoredRun], with_collapse: bool = False) -> dict[str, str]:
    """What to call a few runs in a figure, by run id: no more words than tell them apart.

    Args:
        runs: of one data set.
        with_collapse: whether a run whose code says nothing is called so; not where that stands beside.

    Returns:
        The name that its owner gave it, else the variant's title, with the latent dimension where the
        runs differ in it; then, of runs that still share a name, as much of what differs as it takes.
    """
    labels = run_labels(runs, with_title=True, with_collapse=False)
    words = {key: label.split(" · ") for key, label in labels.items()}
    shared = set.intersection(*map(set, words.values())) if words else set()
    has_sizes = len({run.config.latent_dim for run in runs}) > 1
    named = {run.run_id for run in runs if run.annotation.name}
    hearsay = {run.run_id for run in runs if run.is_hearsay}
    short = {key: " · ".join(own[: 1 + (has_sizes and key not in named)]) for key, own in words.items()}
    for place in range(2, max(map(len, words.values()), default=0)):
        names = list(short.values())
        for key, own in words.items():
            if names.count(short[key]) > 1 and place < len(own) and own[place] not in shared:
                short[key] += f" · {own[place]}"
    names = list(short.values())
    short = {key: name if names.count(name) == 1 else f"{name} · {key[-6:]}" for key, name in short.items()}
    marks = {run.run_id: collapse_word(run) * with_collapse for run in runs}
    return {
        key: " · ".join(filter(None, [name, marks[key], "imported" * (key in hearsay)]))
        for key, name in short.items()
    }


@st.cache_resource(show_spinner="Opening the map …", max_entries=LONGEST_KEPT)
def projection_plane(
    key: str, name: str, title: str, _run: StoredRun, _found: Projection, with_codes: bool
) -> bytes:
    """A map of images as a plane among linked ones, as one buffer.

    Args:
        key: of the map's configuration, which names it.
        name: what the planes of the group call it.
        title: what to call it for people.
        _run: whose codes were mapped; of a baseline any run of the data set.
        _found: the map.
        with_codes: whether dots are decoded from the run's codes, which a baseline has none of.

    Returns:
        The packed bytes.
    """
    rows, decoded = _found.indices, {}
    if with_codes:
        check(_run)
        plane = run_plane.described(_run)
        decoded = {"decoder": plane["decoder"]}
        by_row = {part: plane[part] for part in ("codes", "errors", "conditions")}
        decoded |= {part: array if array is None else array[rows] for part, array in by_row.items()}
    return pack(
        labels=None if _run.labels is None else _run.labels[rows],
        image_shape=_run.image_shape,
        classes=_run.classes,
        title=title,
        split="test",
        group=COMPARE_GROUP,
        name=name,
        positions=_found.positions,
        indices=rows,
        **decoded,
    )
