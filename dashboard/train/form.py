"""The form of a training: a widget for every setting, made from what the setting says of itself."""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from aecore.config import RunConfig, allowed
from aecore.errors import AecoreError, BadValue
from dashboard.services import engine
from dashboard.state import keys, training_form
from dashboard.train import presets
from dashboard.train.setting_text import LONGEST, parsed, plain, text_of, widths

COMMON = ("latent_dim", "epochs", "learning_rate", "seed")
"""What most people change, shown first."""
NO_EPOCHS = ("epochs", "batch_size", "learning_rate", "seed")
"""Settings that a fit in closed form has no use for."""
TITLES = {"latent_dim": "Latent dimension"}
COLUMNS = 2
"""Settings that stand side by side."""


@dataclass(frozen=True)
class Filled:
    """A form as it stands.

    Attributes:
        config: what would be trained; None where a value is wrong.
        error: a sentence about the wrong value; empty where there is none.
        changed: names of the settings that differ from the preset's.
    """

    config: RunConfig | None
    error: str
    changed: tuple[str, ...]


def form_of(dataset: str, variant: str) -> str:
    """What the form of a variant on a data set is called in the session."""
    return f"{dataset}/{variant}"


@st.cache_resource(show_spinner="Loading PyTorch …")
def fields_of(variant: str) -> dict[str, dataclasses.Field[Any]]:
    """Every setting of a variant by name: those of every run, then its own."""
    general = [field for field in dataclasses.fields(RunConfig) if field.name != "stop_after"]
    skipped = NO_EPOCHS if engine.is_closed_form(variant) else ()
    fields = [field for field in (*general, *engine.option_fields(variant)) if "help" in field.metadata]
    return {field.name: field for field in fields if field.name not in skipped}


def show(dataset: str, variant: str, base: Mapping[str, Any]) -> Filled:
    """The form, the common settings first.

    Args:
        dataset: name of the data set.
        variant: name of the variant.
        base: what the preset puts there, by setting.

    Returns:
        What it says now.
    """
    name, fields = form_of(dataset, variant), fields_of(variant)
    values = current(name, fields, base)
    changed = tuple(setting for setting in fields if values[setting] != base[setting])
    common = [fields[setting] for setting in COMMON if setting in fields]
    rest = [field for field in fields.values() if field.name not in COMMON]
    chosen = {}
    _show_fields(name, common, values, base, chosen)
    if rest:
        own = sum(field.name in changed for field in rest)
        title = f"More settings ({len(rest)}{f', {own} changed' * bool(own)})"
        with st.expander(title, expanded=bool(own)):
            _show_fields(name, rest, values, base, chosen)
    return checked(dataset, variant, {**base, **chosen}, changed)


def checked(dataset: str, variant: str, values: Mapping[str, Any], changed: tuple[str, ...] = ()) -> Filled:
    """A form with these values: its config, or the sentence that says what is wrong with one."""
    try:
        return Filled(engine.configure(variant, dataset, values), "", changed)
    except AecoreError as error:
        return Filled(None, str(error), changed)


def filled_now(dataset: str, variant: str, base: Mapping[str, Any]) -> Filled:
    """The form as it stands, also where the page did not come to show it; as a callback.

    Args:
        dataset: name of the data set.
        variant: name of the variant.
        base: what the preset has put there, by setting.

    Returns:
        What it says.
    """
    values, fields = dict(base), fields_of(variant)
    for name, text in training_form.settings_now(form_of(dataset, variant)).items():
        if name in fields:
            try:
                values[name] = parsed(fields[name], text)
            except BadValue as error:
                return Filled(None, str(error), ())
    return checked(dataset, variant, values)


def current(
    form: str, fields: Mapping[str, dataclasses.Field[Any]], base: Mapping[str, Any]
) -> dict[str, Any]:
    """The value of every setting: the preset's, or what was changed and stands in the address.

    Args:
        form: which form.
        fields: its settings.
        base: the preset's values.

    Returns:
        Values by setting. What a link asks for and no widget can show is left out, which the page says.
    """
    values = {name: base[name] for name in fields}
    for name, text in training_form.settings(form, list(fields)).items():
        try:
            values[name] = parsed(fields[name], text)
        except BadValue as error:
            training_form.drop_setting(form, name, f"{error} So the link's {name} is left out.")
    return values


def title_of(name: str) -> str:
    """What a setting is called in the form."""
    return TITLES.get(name, name.replace("_", " ").capitalize())


def address_of(config: RunConfig) -> dict[str, str]:
    """The link that fills the form with a config, such as to try a failed training again otherwise."""
    base = presets.values_of(presets.recipe(config.dataset, config.variant))
    known = fields_of(config.variant)
    preset = presets.SHIPPED if presets.shipped_config(config.dataset, config.variant) else presets.GOOD
    if preset == presets.GOOD:
        base = presets.filled(preset, presets.recipe(config.dataset, config.variant), None)
    differing = {
        keys.SETTING + name: text_of(value)
        for name, value in presets.values_of(config).items()
        if name in known and text_of(value) != text_of(base[name])
    }
    chosen = {keys.DATASET: config.dataset, keys.VARIANT: config.variant, keys.PRESET: preset}
    return chosen | differing


def _show_fields(
    form: str,
    fields: list[dataclasses.Field[Any]],
    values: Mapping[str, Any],
    base: Mapping[str, Any],
    chosen: dict[str, Any],
) -> None:
    """Widgets in rows; what they say goes into `chosen`."""
    for first in range(0, len(fields), COLUMNS):
        row = fields[first : first + COLUMNS]
        columns = st.columns(COLUMNS, gap="xsmall", vertical_alignment="bottom")
        for column, field in zip(columns, row, strict=False):
            with column:
                chosen[field.name] = _widget(form, field, values[field.name], base[field.name])


def _widget(form: str, field: dataclasses.Field[Any], value: Any, usual: Any) -> Any:
    """The widget of one setting; returns its value."""
    rule, is_changed = field.metadata, value != usual
    title = title_of(field.name)
    label = f":orange[●] **{title}**" if is_changed else title
    told = f"{_sentence(rule['help'])} {_sentence(allowed(field))} The preset has {plain(usual)}."

    def bound(shown: Any, text: Any = text_of) -> dict[str, Any]:
        about = {"label": label, "help": told}
        return about | training_form.setting(form, field.name, shown, text, text_of(usual))

    if isinstance(field.default, bool):
        return st.toggle(value=value, **bound(value))
    if isinstance(field.default, str):
        options = list(rule["choices"])
        place = options.index(value)
        return st.selectbox(options=options, index=place, format_func=spaced, **bound(value))
    if isinstance(field.default, tuple):
        shown = ", ".join(map(str, value))
        about = bound(shown, lambda text: text_of(widths(text)))
        written = st.text_input(value=shown, max_chars=LONGEST, placeholder="none", **about)
        return widths(written or "")
    return _number_input(field, bound(value), value, usual)


def spaced(name: str) -> str:
    """A name of several words as people write it."""
    return name.replace("_", " ")


def _number_input(
    field: dataclasses.Field[Any], bound: dict[str, Any], value: Any, usual: Any
) -> int | float:
    low, high = field.metadata["minimum"], field.metadata["maximum"]
    if isinstance(field.default, int):
        return int(
            st.number_input(min_value=int(low), max_value=int(high), value=int(value), step=1, **bound)
        )
    low, high = float(low), float(high)
    step = step_of(float(usual), high)
    found = st.number_input(
        min_value=low, max_value=high, value=float(value), step=step, format="%g", **bound
    )
    assert found is not None, "there is a number from the start"
    return float(found)


def step_of(usual: float, high: float) -> float:
    """How much the buttons beside a number change it: about a tenth to a third of what is usual."""
    scale = usual or min(high, 1.0)
    return 10.0 ** (math.floor(math.log10(scale)) - (scale >= 1))


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
