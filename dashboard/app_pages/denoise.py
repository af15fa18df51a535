"""Denoise: one noisy image through autoencoders and classical filters, side by side."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from aecore.errors import AecoreError
from dashboard.denoise import comparison, curve, noise_form
from dashboard.services import cached_reads
from dashboard.shared import image_input
from dashboard.shared.damaged_runs import name_damaged
from dashboard.shared.dataset_download import offer_download
from dashboard.shared.frame import choices
from dashboard.shared.plain_text import as_text
from dashboard.shared.run_link import bring_own
from dashboard.state import keys, session, widgets

ORDER = 4  # its place in the navigation


def choose_dataset() -> str:
    """The data set whose images are spoilt, and whose models repair them."""
    is_told = keys.TRAINED_ON in session.address()
    bring_own(keys.DENOISER_MODELS, keys.TRAINED_ON if is_told else keys.DATASET)
    titles = cached_reads.dataset_titles()
    with choices("Denoise") as name:
        dataset = widgets.choose("Data set", keys.DATASET, list(titles), titles, 160)
        name_damaged()
        st.caption("Add noise, then compare how well models and filters restore the image.")
        name(titles[dataset])
    return dataset


def show_input(
    dataset: str, shape: tuple[int, int, int]
) -> tuple[noise_form.Chosen, noise_form.Noisy] | None:
    """The image and its noise; None where there is no image yet."""
    chosen = noise_form.choose_image(dataset, shape)
    if chosen is None:
        return None
    noisy = noise_form.choose_noise(dataset, chosen)
    if chosen.prepared:
        image_input.show_steps(chosen.prepared)
    return chosen, noisy


def show_comparison(chosen: noise_form.Chosen, noisy: noise_form.Noisy, dataset: str) -> None:
    """Every denoiser on this image."""
    noise = noisy.kind, noisy.level
    comparison.show(chosen.image, noisy.image, dataset, *noise, chosen.source, noisy.draws)


def show_curve(dataset: str, kind: str) -> None:
    """Every denoiser over many images and levels."""
    st.markdown("## PSNR against the level of noise")
    curve.show(dataset, kind)


def tell(place: DeltaGenerator) -> None:
    """What of the link could not be followed."""
    for sentence in session.take_notices():
        place.warning(as_text(sentence))


dataset = choose_dataset()
title = cached_reads.dataset_titles()[dataset]
notices = st.container()
if not cached_reads.images_are_here(dataset):
    offer_download(dataset, "there is no test image to denoise; a drawing or an upload works", "test")
shape = image_input.image_shape(dataset)
if shape is None:
    st.info(f"Nothing of {title} is here yet. Train a run: `python -m aecore train denoising {dataset}`")
else:
    with st.container(horizontal=True, key="denoise-stage"):
        rail, main = (
            st.container(key="denoise-rail", gap="small"),
            st.container(key="denoise-main", gap="small"),
        )
    with rail:
        given = show_input(dataset, shape)
    kind = given[1].kind if given else noise_form.noise_kind()
    tell(notices)  # now: what follows may take a while
    sections = [
        (main, show_comparison, given and (*given, dataset)),
        (st.container(), show_curve, (dataset, kind)),
    ]
    for place, show, arguments in sections:
        try:
            with place:
                if arguments:
                    show(*arguments)
                else:
                    st.info("Once there is an image, it gets its noise here and is denoised.")
        except AecoreError as error:  # its trouble is its own
            place.error(as_text(error))
tell(notices)
