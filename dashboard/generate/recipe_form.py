"""How samples are to be drawn: the choices of the Generate page."""

from dataclasses import replace

import streamlit as st

from aecore.storage.run import StoredRun
from dashboard.generate import recipes
from dashboard.generate.recipes import Recipe
from dashboard.services import cached_reads
from dashboard.state import keys, widgets

URL = keys.GENERATE_URL
TRUNCATIONS = ("none", "3", "2.5", "2", "1.5", "1", "0.5")
COUNT, SEED = (4, 100), (0, 999_999)
WARMEST = 2.0
WIDTH = 114
"""CSS pixels: two stand side by side in the rail."""


def choose_recipe(run: StoredRun) -> Recipe:
    """The settings of what is drawn, each in the address."""
    sources = recipes.sources(run)
    source = st.radio(
        "Draw codes from",
        list(sources),
        format_func=sources.__getitem__,
        **widgets.linked(URL["source"], next(iter(sources)), list(sources), "source of the codes"),
    )
    recipe = Recipe(source or next(iter(sources)), 1.0, None, 0.0, 0, None, 0, 0)
    recipe = _surroundings(run, recipe) if source == "around" else _temperature(recipe)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        if recipe.source == "prior":
            recipe = _truncation(recipe)
        if recipes.takes_class(run):
            recipe = replace(recipe, label=_class(run))
        return _draw(recipe)


def _surroundings(run: StoredRun, recipe: Recipe) -> Recipe:
    """Which image's code, and how far round it."""
    last = len(run.arrays["codes"]) - 1
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        image = st.number_input(
            "Test image",
            0,
            last,
            width=WIDTH,
            help=f"By its index, 0 to {last:,}: the number that the plane on Explore shows.",
            **widgets.linked(URL["image"], 0, (0, last), "test image"),
        )
        if cached_reads.images_are_here(run.config.dataset):
            st.image(cached_reads.test_images(run.config.dataset).pixels[image], width=56)
    spread = st.slider(
        "Spread",
        0.0,
        2.0,
        step=0.05,
        help="Standard deviation round the image's code, as a share of that of all codes. 0 draws the "
        "reconstruction again and again.",
        **widgets.linked(URL["spread"], 0.25, (0.0, 2.0), "spread"),
    )
    return replace(recipe, image=int(image), spread=float(spread))


def _temperature(recipe: Recipe) -> Recipe:
    """How far out the samples reach."""
    temperature = st.slider(
        "Temperature",
        0.0,
        WARMEST,
        step=0.05,
        help="Multiplies the spread of what is drawn from. 1 leaves it; below 1 samples are more typical and "
        "more alike, above 1 they are odder. 0 draws the centre alone.",
        **widgets.linked(URL["temperature"], 1.0, (0.0, WARMEST), "temperature"),
    )
    return replace(recipe, temperature=float(temperature))


def _truncation(recipe: Recipe) -> Recipe:
    """Beyond how many standard deviations nothing is drawn."""
    truncation = st.selectbox(
        "Cut at ±σ",
        TRUNCATIONS,
        width=WIDTH,
        help="A coordinate of the prior's sample further out, in standard deviations, is drawn again: fewer "
        "odd images, less variety.",
        **widgets.linked(URL["truncation"], "none", TRUNCATIONS, "truncation"),
    )
    return replace(recipe, truncation=None if truncation == "none" else float(truncation))


def _class(run: StoredRun) -> int | None:
    """The class to draw; None for every class in turn."""
    names = {recipes.EVERY_CLASS: "in turn"}
    names |= {str(index): name for index, name in enumerate(run.classes)}
    chosen = st.selectbox(
        "Class",
        list(names),
        format_func=names.__getitem__,
        width=WIDTH,
        help="This decoder is given a class beside the code, which then carries the style alone.",
        **widgets.linked(URL["label"], recipes.EVERY_CLASS, list(names), "class"),
    )
    return None if chosen == recipes.EVERY_CLASS else int(chosen)


def _draw(recipe: Recipe) -> Recipe:
    """How many, and which draw."""
    count = st.number_input(
        "Samples",
        *COUNT,
        step=4,
        width=WIDTH,
        help=f"{COUNT[0]} to {COUNT[1]}.",
        **widgets.linked(URL["count"], 40, COUNT, "number of samples"),
    )
    seed = st.number_input(
        "Seed",
        *SEED,
        width=WIDTH,
        help="The same seed draws the same samples, here and on any other machine.",
        **widgets.linked(URL["seed"], 0, SEED, "seed"),
    )
    following = int(seed) + 1 if seed < SEED[1] else 0
    st.button(
        "New",
        icon=":material/casino:",
        type="primary",
        width=WIDTH,
        help="Other samples: the next seed.",
        on_click=widgets.set_linked,
        args=(URL["seed"], following),
    )
    return replace(recipe, count=int(count), seed=int(seed))
