"""How images that were brought are read: everything that was inferred can be changed here."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from aecore.errors import BadValue
from aecore.importers.formats.pictures import FOLDERS
from aecore.importers.settings import (
    CHANNELS,
    FITS,
    GROUNDS,
    NO_LABELS,
    SPLITS,
    TEST_SHARE,
    VALIDATION_SHARE,
    VALUES,
    Settings,
    check_name,
    sides_of,
)
from dashboard.data.upload import name_of
from dashboard.services.intake import Intake
from dashboard.shared.plain_text import as_text
from dashboard.state import keys, widgets

FOUND = "found"
AS_FOUND = "As found"
SIZES = ("16", "28", "32", "48", "64", "96", "128")
COLOURS = {FOUND: AS_FOUND, "grey": "Grey", "rgb": "Colour"}
OTHER = "other"
BACKGROUNDS = {FOUND: AS_FOUND, **{name: name.capitalize() for name in GROUNDS}, OTHER: "Other"}
FIT_HELP = "What is done with other proportions: bars beside a picture, its middle alone, or out of shape."
FIT_TITLES = {"pad": "Pad", "crop": "Crop", "stretch": "Stretch"}
LABELS = {FOUND: AS_FOUND, FOLDERS: "The folders", NO_LABELS: "No labels"}
CHANNEL_TITLES = {FOUND: AS_FOUND, "last": "Last", "first": "First"}
CHANNEL_HELP = "Where an array has its colours: (n, height, width, channels), or channels before height."
VALUE_TITLES = {FOUND: AS_FOUND, "0..1": "0 to 1", "0..255": "0 to 255"}
VALUE_HELP = "What its numbers run from and to: black and white."
SPLIT_TITLES = {"given": "As given", "drawn": "Draw anew"}
SPLIT_HELP = (
    "Draw anew puts all images together first. Where no test images are given, some are drawn anyhow."
)
LONGEST_TITLE = 60


def show(intake: Intake) -> tuple[Settings | None, str, str]:
    """The fields.

    Args:
        intake: what was brought.

    Returns:
        How to read it, None where a field has a wrong value; its name, and its title.
    """
    now = intake.settings
    title: Any = st.text_input(
        "Title", max_chars=LONGEST_TITLE, **widgets.remembered(keys.DATA_TITLE, intake.title)
    )
    is_titled = _check(lambda: check_name(name_of(title), title) is None)
    size = _size(intake)
    fit = _one_of("Fit", FITS, FIT_TITLES.__getitem__, keys.DATA_FIT, now.fit, FIT_HELP)
    colour = _one_of("Colour", list(COLOURS), COLOURS.__getitem__, keys.DATA_COLOUR, now.colour or FOUND)
    ground = _background(now.background)
    label = _label(intake)
    left_out = _left_out(intake, None if label == FOUND else label)
    channels = values = FOUND
    if intake.is_arrays:
        channels = _one_of(
            "Channels",
            [FOUND, *CHANNELS],
            CHANNEL_TITLES.__getitem__,
            keys.DATA_CHANNELS,
            now.channels or FOUND,
            CHANNEL_HELP,
        )
        values = _one_of(
            "Values",
            [FOUND, *VALUES],
            VALUE_TITLES.__getitem__,
            keys.DATA_VALUES,
            now.values or FOUND,
            VALUE_HELP,
        )
    with st.expander("Split and name"):
        split = _one_of(
            "Test images", SPLITS, SPLIT_TITLES.__getitem__, keys.DATA_SPLIT, now.split, SPLIT_HELP
        )
        shares = _shares(now)
        name: Any = st.text_input(
            "Name",
            help="What runs and the command line call it: lower-case letters, digits and _, a letter first.",
            max_chars=28,
            **widgets.remembered(keys.DATA_NAME, name_of(title)),
        )
        are_named = _check(lambda: check_name(name, "") is None) and is_titled
    chosen = _check(
        lambda: Settings(
            size=sides_of(None if size == FOUND else size),
            fit=fit,
            colour=None if colour == FOUND else colour,
            background=None if ground == FOUND else ground,
            label=None if label == FOUND else label,
            left_out=left_out,
            channels=None if channels == FOUND else channels,
            values=None if values == FOUND else values,
            split=split,
            **shares,
        )
    )
    return chosen if are_named else None, name, title


def _check(made: Callable[[], Any]) -> Any:
    """What is made of the fields; where one has a wrong value, that is said and there is nothing."""
    try:
        return made()
    except BadValue as error:
        st.error(as_text(error))
        return None


def _one_of(
    label: str, options: Sequence[str], words: Callable[[str], str], key: str, default: str, about: str = ""
) -> Any:
    return st.segmented_control(
        label,
        list(options),
        format_func=words,
        required=True,
        width="stretch",
        help=about or None,
        **widgets.remembered(key, default),
    )


def _size(intake: Intake) -> str:
    sides = intake.settings.sides
    asked = FOUND if sides is None else "x".join(map(str, dict.fromkeys(sides)))
    own = widgets.held(keys.DATA_SIZE, asked)
    options = [FOUND, *SIZES, *[size for size in dict.fromkeys((asked, own)) if size not in (FOUND, *SIZES)]]

    def words(size: str) -> str:
        return AS_FOUND if size == FOUND else f"{size} × {size}" if size.isdecimal() else size

    return st.selectbox(
        "Size in pixels",
        options,
        format_func=words,
        accept_new_options=True,
        help="Type another one, such as 40, or height x width, such as 48x32.",
        **widgets.remembered(keys.DATA_SIZE, asked),
    )


def _background(now: str | None) -> str:
    kind = FOUND if now is None else now if now in GROUNDS else OTHER
    chosen = _one_of(
        "Background under transparency", list(BACKGROUNDS), BACKGROUNDS.__getitem__, keys.DATA_GROUND, kind
    )
    if chosen != OTHER:
        return chosen
    own = now if kind == OTHER else "#808080"
    return st.color_picker("Background", **widgets.remembered(keys.DATA_OTHER_GROUND, own))


def _label(intake: Intake) -> str:
    now = intake.settings.label
    options: list[str] = [FOUND, *[FOLDERS] * intake.has_folders, *intake.columns, NO_LABELS]
    if now is not None and now not in options:
        options.insert(1, now)
    return st.selectbox(
        "Labels",
        options,
        format_func=lambda name: LABELS.get(name, str(name)),
        help="What names the class of an image. Other columns stay with the images and can colour the plane.",
        **widgets.remembered(keys.DATA_LABEL, now or FOUND),
    )


def _left_out(intake: Intake, label: str | None) -> tuple[str, ...]:
    """Classes that are not wanted, of those that were seen with these labels."""
    seen = intake.classes.get(label, ())
    if len(seen) < 2:
        return ()
    now = [name for name in intake.settings.left_out if name in seen]
    chosen: list[str] = st.multiselect(
        "Leave out",
        seen,
        placeholder="No class",
        help="Images of these classes are not kept.",
        **widgets.remembered(keys.DATA_LEFT_OUT, now),
    )
    return tuple(name for name in seen if name in chosen)


def _shares(now: Settings) -> dict[str, Any]:
    st.caption("Of every class the same share is drawn.")
    test, validation = st.columns(2)
    with test:
        tested: Any = st.number_input(
            "Test, %",
            1.0,
            50.0,
            step=1.0,
            format="%.1f",
            **widgets.remembered(keys.DATA_TEST, round(100 * now.test_share, 1)),
        )
    with validation:
        validated: Any = st.number_input(
            "Validation, %",
            0.0,
            40.0,
            step=1.0,
            format="%.1f",
            **widgets.remembered(keys.DATA_VALIDATION, round(100 * now.validation_share, 1)),
        )
    seed: Any = st.number_input(
        "Seed of the draw", 0, 2**32 - 1, **widgets.remembered(keys.DATA_SEED, now.seed)
    )
    return {
        "test_share": _share(tested, TEST_SHARE),
        "validation_share": _share(validated, VALIDATION_SHARE),
        "seed": int(seed or 0),
    }


def _share(percent: float, usual: float) -> float:
    """A share as the field shows it; the usual one, which it shows rounded, as it is."""
    return usual if percent == round(100 * usual, 1) else round(percent / 100, 6)
