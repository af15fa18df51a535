"""What the sections of the Denoise page choose together: models, filters, and the filters' debias."""

from dataclasses import dataclass

import streamlit as st

from aecore.denoising.filters import FILTERS, USUAL, installed
from aecore.denoising.intensity_maps import DEBIASES, FAIREST, RAW
from aecore.errors import AecoreError
from aecore.storage.run import StoredRun
from dashboard.services import cached_reads
from dashboard.state import keys, widgets

FILTERS_HELP = "Classical denoisers. Their parameters are chosen on training images, never on this one."
VIEWS = {"cards": "Cards", "table": "Table"}
HELP = (
    "Clipped noise lifts a black background to about 0.2, and no filter knows that black is black. "
    "*Monotone* adds the rising table of brightness (isotonic regression) that brings a filter's output "
    "closest to clean training images, *Affine* the straight map a · pixel + b; *None* leaves it raw. The "
    "linear ridge gets the same. Models have learnt it, so they are left as they are."
)


def learnt(run: StoredRun) -> bool:
    """Whether a run was trained to remove noise: of such a one alone it is measured how well it does."""
    try:
        return "denoised_psnr" in run.metrics
    except AecoreError:  # a damaged run says so where it is opened
        return False


def models_of(dataset: str) -> dict[str, StoredRun]:
    """The runs of a data set by id: those that learnt to remove noise first, the widest code before all.

    Only those that can encode an image: codes alone, say, denoise nothing.
    """
    runs = [run for run in cached_reads.listing().runs if run.config.dataset == dataset and run.has_encoder]
    runs.sort(key=lambda run: (not learnt(run), -run.config.latent_dim))
    return {run.run_id: run for run in runs}


def usual_models(dataset: str) -> list[str]:
    """Ids of the runs that are chosen at first."""
    return [run_id for run_id, run in models_of(dataset).items() if learnt(run)]


@dataclass(frozen=True)
class Choice:
    """What stands above the comparison.

    Attributes:
        trained_on: the data set that the denoisers know.
        runs: models of it.
        filters: names of filters.
        debias: the map after filters and ridge, one of `intensity_maps.DEBIASES`.
        view: of VIEWS.
    """

    trained_on: str
    runs: list[StoredRun]
    filters: list[str]
    debias: str
    view: str


def same_size(dataset: str) -> list[str]:
    """A data set, and the others whose images are here and of the same size."""
    if not cached_reads.images_are_here(dataset):
        return [dataset]
    shape = cached_reads.test_images(dataset).pixels.shape[1:]
    others = [
        one for one in cached_reads.dataset_titles() if one != dataset and cached_reads.images_are_here(one)
    ]
    return [dataset, *(one for one in others if cached_reads.test_images(one).pixels.shape[1:] == shape)]


def trained_on(dataset: str) -> str:
    """The data set whose denoisers are chosen for images of a data set: its own at first."""
    held = widgets.held(keys.TRAINED_ON, dataset)
    return held if held in same_size(dataset) else dataset


def choose_trained_on(dataset: str) -> str:
    """Whose denoisers: those of the image's own data set, or of another, which never saw such images."""
    offered, titles = same_size(dataset), cached_reads.dataset_titles()
    if len(offered) == 1:
        return dataset
    return st.selectbox(
        "Denoisers trained on",
        offered,
        format_func=lambda one: titles[one] if one == dataset else f"{titles[one]}: never saw such images",
        help="An autoencoder knows only its own data: see what one of the other data set makes of these "
        "images. Filters are fitted to its training images too.",
        width=340,
        **widgets.linked(keys.TRAINED_ON, dataset, offered, "training data"),
    )


def choose(images: str) -> Choice:
    """The controls above the comparison.

    Args:
        images: the data set that the image is of.

    Returns:
        What is chosen.
    """
    view = st.segmented_control(
        "Shown as",
        list(VIEWS),
        format_func=VIEWS.__getitem__,
        label_visibility="collapsed",
        width="content",
        **widgets.linked(keys.DENOISED_VIEW, "cards", list(VIEWS), "view"),
    )
    with st.popover("Denoisers", help="Which models and filters are compared, and what they were fitted to."):
        dataset = choose_trained_on(images)
        runs = models_of(dataset)
        labels = cached_reads.run_labels(list(runs.values()), with_title=True)
        models = st.multiselect(
            "Models",
            list(runs),
            format_func=labels.__getitem__,
            help="Any run of this data set. Those that were trained to remove noise stand there at first.",
            **widgets.linked_several(keys.DENOISER_MODELS, usual_models(dataset), list(runs), "models"),
        )
        offered = installed()
        filters = st.multiselect(
            "Filters",
            offered,
            format_func=lambda name: FILTERS[name].title,
            help=" ".join([FILTERS_HELP, *_extras()]),
            **widgets.linked_several(keys.DENOISER_FILTERS, USUAL, offered, "filters"),
        )
        debias = choose_debias()
    chosen = [runs[run_id] for run_id in models]
    return Choice(dataset, chosen, filters, debias, view or "cards")


def _extras() -> list[str]:
    """What to know of each filter that is an optional extra."""
    extras = {one.title: one.missing() for one in FILTERS.values() if one.missing}
    known = "takes its time, so it is not chosen at first."
    return [f"{title}: {missing or known}" for title, missing in extras.items()]


def filters_held() -> list[str]:
    """The filters that are chosen, wherever on the page that is asked."""
    offered = installed()
    return [one for one in widgets.held(keys.DENOISER_FILTERS, USUAL) if one in offered]


def choose_debias() -> str:
    """The map that follows filters and ridge."""
    chosen = st.segmented_control(
        "Filters' debias",
        list(DEBIASES),
        format_func=DEBIASES.__getitem__,
        help=HELP,
        **widgets.linked(keys.DENOISED_AS, FAIREST, list(DEBIASES), "filters' debias"),
    )
    return chosen or FAIREST


def debias_held() -> str:
    """The map that is chosen, wherever on the page that is asked."""
    held = widgets.held(keys.DENOISED_AS, FAIREST)
    return held if held in DEBIASES else FAIREST


def debias_words(debias: str) -> str:
    """A map in words, as what filters are."""
    return "raw" if debias == RAW else f"{debias} debias"
