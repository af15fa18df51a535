"""What a person typed into the training form, and the training that the page shows."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard.state import link
from dashboard.state.keys import (
    DATASET,
    FILLED,
    FILLED_AT,
    JOB,
    KEPT,
    PART,
    PRESET,
    SETTING,
    TRAINING_ANCHOR,
    VARIANT,
)
from dashboard.state.session import (
    bring_into_view,
    commit,
    current_address,
    kept_now,
    notice,
    now,
    refuse,
    settings_asked,
)
from dashboard.state.widgets import set_value

NEW = 8.0
"""Seconds for which a field that has just come is filled on every run: a busy server sends late."""


def settings(form: str, known: Sequence[str]) -> dict[str, str]:
    """What was changed in a form of settings, as text by the setting's name.

    Args:
        form: which form; another one has settings of its own.
        known: the names that it has.

    Returns:
        What the address says; where it says nothing, what was changed on an earlier visit.
    """
    here = current_address()
    asked = {name.removeprefix(SETTING): here.parts[name] for name in settings_asked()}
    for name in [name for name in asked if name not in known]:
        text = link.said(asked.pop(name))
        refuse(SETTING + name, f"The link's {SETTING}{link.said(name)}={text} is no setting of this variant.")
    kept = st.session_state.setdefault(KEPT, {})
    texts = asked if asked or here.is_restored else kept.get((SETTING, form), {})
    kept[SETTING, form] = dict(texts)
    here.put({SETTING + name: texts[name] for name in texts.keys() - asked.keys()})
    return dict(texts)


def settings_now(form: str) -> dict[str, str]:
    """What `settings` returned last, and what was changed since; as a callback."""
    return dict(kept_now().get((SETTING, form), {}))


def setting(form: str, name: str, value: Any, text: Callable[[Any], str], default: str) -> dict[str, Any]:
    """Bind a widget of a form of settings to the address; call it right before the widget is made.

    Args:
        form: which form.
        name: the setting.
        value: what stands there now.
        text: a value as it stands in the address.
        default: the text that is left out of the address.

    Returns:
        The widget's key and callback; its value is set already.
    """
    # A browser that refreshes a part of the page may still send what stood there before: a form that is
    # filled anew, or whose default is another one, has other widgets.
    key = f"{SETTING}{form}.{name}:{default}.{kept_now().get(FILLED, 0)}"
    _fill(key, value)
    return {"key": key, "on_change": _keep_setting, "args": (key, form, name, text, default)}


def _fill(key: str, value: Any) -> None:
    """Set a field, while it is new on every run.

    What a run says of a new field is lost where another run follows before it was sent; the browser would
    then report the least that the field can say as a person's choice.
    """
    since = kept_now().setdefault(FILLED_AT, {})
    if key not in st.session_state:
        since[key] = time.monotonic()
    if time.monotonic() - since.get(key, -math.inf) < NEW:
        st.session_state[key] = value
    else:
        set_value(key, value)


def _keep_setting(key: str, form: str, name: str, text: Callable[[Any], str], default: str) -> None:
    value = now().get(key)
    said = default if value is None else text(value)
    if said == default:
        drop_setting(form, name)
        return
    kept_now().setdefault((SETTING, form), {})[name] = said
    commit({SETTING + name: said})


def drop_setting(form: str, name: str, sentence: str = "") -> None:
    """Take one setting of a form back to what it was at first, and say why, if there is a reason."""
    kept_now().get((SETTING, form), {}).pop(name, None)
    if sentence:
        notice(sentence)
        current_address().put({SETTING + name: None})
    else:
        commit({SETTING + name: None})


def forget_settings(form: str, **also: str | None) -> None:
    """Take a whole form back; as a callback.

    Args:
        form: which one.
        **also: what else is chosen with that, for the address.
    """
    kept_now().pop((SETTING, form), None)
    _fill_anew()
    commit({**dict.fromkeys(settings_asked()), **also})


def _fill_anew() -> None:
    kept = kept_now()
    kept[FILLED] = kept.get(FILLED, 0) + 1


def choose_preset(form: str, default: str) -> None:
    """Another preset was chosen: it fills the whole form; called when the choice changes."""
    chosen = now()[PRESET]
    forget_settings(form, **{PRESET: None if chosen in (None, default) else chosen})


def fill_form(parameters: Mapping[str, str]) -> None:
    """Fill the training form as a link would, in place of what stands there; as a callback."""
    _fill_anew()
    commit({**dict.fromkeys([DATASET, VARIANT, PRESET, *settings_asked()]), **parameters})


def chosen_job() -> str:
    """The training, by its run's id, that the address asks for; empty where it asks for none."""
    return current_address().parts.get(JOB, "")


def follow_job(run_id: str) -> None:
    """Go on showing a training that nobody has asked for: from now on the address names it."""
    current_address().put({JOB: run_id})


def choose_job(run_id: str) -> None:
    """Show a training, or none; as a callback or before the page runs again."""
    commit({JOB: run_id or None, PART: None})
    if run_id:
        bring_into_view(TRAINING_ANCHOR)
