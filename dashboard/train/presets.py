"""Presets: what fills the form of a training. They share one recipe and differ in how long it trains."""

from typing import Any

import streamlit as st

from aecore.config import RunConfig
from aecore.jobs.pace import Pace, duration_words
from dashboard.services import cached_reads, engine
from dashboard.shared.wording import count_of
from dashboard.state import keys, training_form, widgets

QUICK, GOOD, SHIPPED = "quick", "good", "shipped"
TITLES = {QUICK: "Quick look", GOOD: "Good", SHIPPED: "As shipped"}
QUICK_SECONDS = 20.0
SLACK = 1.1
"""About 20 seconds may be 22: where measuring takes most of them, that is an epoch more."""
GOOD_SHARE = 0.4
"""Of the shipped epochs. On MNIST at z = 2 it costs the VAE 2 nats of 135, the AE 3 % of its MSE, the
convolutional autoencoder 10 %; on digits the AAE 8 %."""
TIDY = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 120, 150, 200, 250, 300, 400, 500)


def shipped_config(dataset: str, variant: str) -> RunConfig | None:
    """What the shipped run of a variant was made from: the first of several, as by its name."""
    runs = cached_reads.listing().runs
    return next(
        (
            run.config
            for run in runs
            if run.is_shipped and (run.config.dataset, run.config.variant) == (dataset, variant)
        ),
        None,
    )


def recipe(dataset: str, variant: str) -> RunConfig:
    """What every preset of a variant begins with: the shipped run's settings, else the defaults."""
    return shipped_config(dataset, variant) or engine.configure(variant, dataset, {})


def values_of(config: RunConfig) -> dict[str, Any]:
    """The settings of a config by name, its own options among them."""
    fields = config.to_json()
    for name in ("variant", "dataset", "options", "stop_after"):
        fields.pop(name, None)
    return fields | dict(config.options)


def filled(preset: str, config: RunConfig, pace: Pace | None) -> dict[str, Any]:
    """What a preset puts into the form.

    Args:
        preset: one of TITLES.
        config: the recipe.
        pace: the recipe's pace on this machine; None before it is known.

    Returns:
        Every setting by name.
    """
    least = least_epochs(config)
    good = max(least, round(GOOD_SHARE * config.epochs))
    if pace is not None and pace.seconds_after is not None:
        quick = quick_epochs(pace, least)
    else:  # without the training images nothing says how few would do
        quick = least if cached_reads.training_count(config.dataset) else good
    epochs = {QUICK: min(quick, good), GOOD: good}.get(preset, config.epochs)
    return values_of(config) | {"epochs": epochs}


def alike(preset: str, config: RunConfig, pace: Pace | None) -> str:
    """What to say where another preset fills in the same as the one that is chosen; empty elsewhere.

    Args:
        preset: the preset that is chosen.
        config: the recipe.
        pace: its pace on this machine; None before it is known.

    Returns:
        A sentence that names them.
    """
    epochs = {name: filled(name, config, pace)["epochs"] for name in _offered(config)}
    same = [TITLES[name] for name, number in epochs.items() if number == epochs.get(preset)]
    if len(same) < 2:
        return ""
    return f"{' and '.join(same)} are the same here: {count_of(epochs[preset], 'epoch')}."


def _offered(config: RunConfig) -> list[str]:
    """The presets of a recipe; nothing is as shipped where nothing was."""
    return [QUICK, GOOD, *[SHIPPED] * bool(shipped_config(config.dataset, config.variant))]


def least_epochs(config: RunConfig) -> int:
    """How many epochs, a tidy number, a training takes to learn something; never more than the recipe has."""
    least = engine.least_epochs(config, cached_reads.training_count(config.dataset))
    return min(next((number for number in TIDY if number >= least), least), config.epochs)


def quick_epochs(pace: Pace, least: int) -> int:
    """How many epochs, a tidy number, fit into QUICK_SECONDS with the measurement; `least` or more."""
    fitting = pace.epochs_in(SLACK * QUICK_SECONDS)
    return max(least, max((number for number in TIDY if number <= fitting), default=least))


def warning(preset: str, config: RunConfig, pace: Pace | None) -> str:
    """What to say where the quick preset is not quick; empty elsewhere.

    Args:
        preset: the preset that is chosen.
        config: the recipe.
        pace: its pace on this machine; None before it is known.

    Returns:
        A sentence about the epochs that the preset has put into the form.
    """
    if preset != QUICK or pace is None or pace.seconds_after is None:
        return ""
    least = least_epochs(config)
    if pace.seconds(least) <= SLACK * QUICK_SECONDS:
        return ""
    smaller = "" if config.dataset == "digits" else " The 8×8 digits are quicker."
    fewest = "1 epoch, the fewest" if least == 1 else f"{least} epochs, the fewest"
    return f"{fewest} that learn something, take {duration_words(pace.seconds(least))} here.{smaller}"


def choose(form: str, config: RunConfig, pace: Pace | None) -> str:
    """The preset, chosen above the form and in the address.

    Args:
        form: which form it fills.
        config: the recipe.
        pace: its pace on this machine; None before it is known.

    Returns:
        Its name.
    """
    names = _offered(config)
    bound = widgets.linked(keys.PRESET, QUICK, names, "preset")
    chosen = st.segmented_control(
        "Start from",
        names,
        format_func=TITLES.__getitem__,
        help="All share the settings of the shipped run and differ in how long they train. "
        f"{TITLES[QUICK]}: the fewest epochs that learn something; once a training has shown its pace, as "
        f"many as fit into {QUICK_SECONDS:.0f} seconds, never fewer than those or more than {TITLES[GOOD]}. "
        f"{TITLES[GOOD]}: {GOOD_SHARE:.0%} of the shipped run's epochs, which goes most of the way. "
        "Choosing one fills the form anew; then change what you like.",
        **bound | {"on_change": training_form.choose_preset, "args": (form, QUICK)},
    )
    chosen = chosen or QUICK
    if sentence := alike(chosen, config, pace):
        st.caption(sentence)
    return chosen
