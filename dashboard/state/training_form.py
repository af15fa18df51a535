"""What a person typed into the training form, and the training that the page shows."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard.state import link
from dashboard.state.keys import (
    DATASET,
    FILLED,
    FILLED_AGAIN,
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

    The widget is given the value as its own default. Were it set in the session, the browser would be told so
    by one run only; where another follows before that was sent, it would show the least that the field can
    say, and report it as a person's choice.

    Args:
        form: which form.
        name: the setting.
        value: what stands there now.
        text: a value as it stands in the address.
        default: the text that is left out of the address.

    Returns:
        The widget's key and callback.
    """
    # A browser that refreshes a part of the page may still send what stood there before: a form that is
    # filled anew, or whose default is another one, has other widgets, and so has a field that the address
    # gives another value than it has.
    field = f"{SETTING}{form}.{name}:{default}.{kept_now().get(FILLED, 0)}"
    again = kept_now().setdefault(FILLED_AGAIN, {})
    key = f"{field}.{again.get(field, 0)}"
    if key in st.session_state and _said(key, text) not in (None, text(value)):
        again[field] = again.get(field, 0) + 1
        key = f"{field}.{again[field]}"
    return {"key": key, "on_change": _keep_setting, "args": (key, form, name, text, default)}


def _said(key: str, text: Callable[[Any], str]) -> str | None:
    """What a field says, as it stands in the address; None where it is empty."""
    value = now().get(key)
    return None if value is None else text(value)


def _keep_setting(key: str, form: str, name: str, text: Callable[[Any], str], default: str) -> None:
    said = _said(key, text)
    if said in (None, default):
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
