"""What a training would be, before it starts: its networks, and how long it takes as far as that is known."""

import json
from typing import Any

import streamlit as st

from aecore.config import RunConfig
from aecore.errors import AecoreError, ImagesNeeded
from aecore.jobs.pace import UNKNOWN, Pace
from dashboard.figures.layer_diagram import layer_diagram
from dashboard.services import cached_reads, engine, turns
from dashboard.shared import image_input
from dashboard.shared.glossary import show_caption
from dashboard.train.presets import values_of
from dashboard.train.setting_text import text_of

GENERAL = ("latent_dim", "epochs", "batch_size", "learning_rate", "seed")
"""Settings that every variant has, each an option of the command line."""


@turns.rested
@st.cache_resource(show_spinner="Building the networks …", max_entries=64)
def networks_of(name: str, _config: RunConfig) -> Any:
    """`engine.preview`, worked out once.

    Args:
        name: what the networks depend on, in words.
        _config: what would be trained.

    Returns:
        An `aecore.jobs.estimate.Preview`.

    Raises:
        ImagesNeeded: if nothing of the data set is here, so that the size of its images is not known.
    """
    shape = image_input.image_shape(_config.dataset)
    if shape is None:
        raise ImagesNeeded(cached_reads.dataset_titles()[_config.dataset], "Drawing the networks")
    return engine.preview(_config, shape)


def preview_of(config: RunConfig) -> Any:
    """What a config would train, whatever its epochs, learning rate and seed; raises its `AecoreError`."""
    made_of = (config.variant, config.dataset, config.latent_dim, dict(config.options))
    return networks_of(json.dumps(made_of, sort_keys=True), config)


def show_networks(config: RunConfig) -> None:
    """The layers of every network, with widths and parameter counts."""
    model = preview_of(config)
    shape = image_input.image_shape(config.dataset)
    assert shape is not None, "else nothing could be said of the model"
    st.markdown("**What will be trained**")
    st.html(layer_diagram(model.networks, shape, config.latent_dim))
    card = cached_reads.card(config.variant)
    if not isinstance(card, str):
        show_caption(card.summary)


def pace_of(config: RunConfig) -> Pace | None:
    """The pace of a config on this machine; None before a training like it has shown it."""
    try:
        return engine.known_pace(config, preview_of(config).parameters)
    except AecoreError:  # sizes that fit no image, or no images to tell their size
        return None


def show_estimate(config: RunConfig) -> None:
    """How long the training would take on this machine, as far as others have shown."""
    pace = pace_of(config)
    is_closed_form = not preview_of(config).stages
    words = pace.words(config.epochs, is_closed_form) if pace else UNKNOWN
    (st.markdown if pace else st.caption)(f":material/timer: {words[:1].upper()}{words[1:]}.")


def words_of(config: RunConfig) -> list[str]:
    """The command line that trains a config, every setting spelt out.

    Args:
        config: from `engine.configure`.

    Returns:
        Its words after `python -m aecore`.
    """
    words = ["train", config.variant, config.dataset]
    for name, value in values_of(config).items():
        if name in config.options:
            words += ["-o", f"{name}={_json(value)}"]
        elif name in GENERAL:
            words += [f"--{name.replace('_', '-')}", text_of(value)]
    return words


def _json(value: Any) -> str:
    return f"[{','.join(map(str, value))}]" if isinstance(value, list | tuple) else text_of(value)
