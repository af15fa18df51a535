"""A shipped run beside the training: its plane, its last losses, and what it reached."""

from collections.abc import Mapping

import streamlit as st

from aecore.config import RunConfig
from aecore.errors import AecoreError
from aecore.storage.run import StoredRun
from dashboard.components.latent_plane import linked_plane
from dashboard.figures.numbers import plain
from dashboard.services import cached_reads
from dashboard.shared.plain_text import as_text
from dashboard.state import keys, widgets

NONE = "none"
DIRECTIONS = {"reconstruction": " ↓", "classification": " ↓"}
"""Which way a loss term is better by itself; the others are traded against the reconstruction."""


def candidates(config: RunConfig) -> list[StoredRun]:
    """The shipped runs of a training's data set, those of its own variant and latent dimension first."""
    runs = [
        run for run in cached_reads.listing().runs if run.is_shipped and run.config.dataset == config.dataset
    ]
    return sorted(
        runs,
        key=lambda run: (run.config.variant != config.variant, run.config.latent_dim != config.latent_dim),
    )


def held(config: RunConfig) -> StoredRun | None:
    """What `choose` stands at, before it is made."""
    found, default = _offered(config)
    name = widgets.held(keys.BESIDE, default)
    return found.get(name if name in (NONE, *found) else default)


def choose(config: RunConfig) -> StoredRun | None:
    """The shipped run that a training is held against.

    Args:
        config: the training's.

    Returns:
        The run that is chosen: at first the shipped one of the same variant, if there is one.
    """
    found, default = _offered(config)
    labels = cached_reads.run_labels(list(found.values()), with_title=True)
    chosen = st.selectbox(
        "Compare with a shipped run",
        [NONE, *found],
        format_func=lambda name: labels.get(name, "none"),
        help="Its plane stands below, its last test losses as dashed lines, and what it reached in the "
        "table. Runs of the same data set; first the same variant.",
        width=420,
        **widgets.linked(keys.BESIDE, default, [NONE, *found], "run to compare with"),
    )
    return found.get(chosen)


def _offered(config: RunConfig) -> tuple[dict[str, StoredRun], str]:
    """The runs to choose from by id, and what stands there at first."""
    found = {run.run_id: run for run in candidates(config)}
    return found, next((name for name, run in found.items() if run.config.variant == config.variant), NONE)


def show_plane(run: StoredRun) -> None:
    """The plane of the run that a training is held against, decoded under the pointer as any."""
    heading = f"**Shipped** · {as_text(cached_reads.run_labels([run], with_title=True)[run.run_id])}"
    st.markdown(heading)
    if not cached_reads.has_plane(run):
        st.info(f"Its codes have {run.config.latent_dim} numbers: too many for the plane.")
        return
    try:
        linked_plane(cached_reads.linked_plane_of(run), key=f"beside-{run.run_id}")
    except AecoreError as error:
        st.error(as_text(error))


def differences(config: RunConfig, run: StoredRun) -> str:
    """In which settings the two trainings differ, as a sentence."""
    own, other = ({**c.to_json(), **c.options} for c in (config, run.config))
    skipped = ("options", "dataset", "stop_after")
    differing = [name for name in own | other if name not in skipped and own.get(name) != other.get(name)]
    words = [
        f"{name.replace('_', ' ')} {_value(other.get(name))} (here {_value(own.get(name))})"
        for name in differing
    ]
    return f"The shipped run differs in {', '.join(words)}." if words else "Both have the same settings."


def _value(value: object) -> str:
    if value is None:
        return "none"
    return "-".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def show_numbers(losses: Mapping[str, float], error: float | None, epoch: int, run: StoredRun) -> None:
    """The training's numbers now beside those that the shipped run reached.

    Args:
        losses: the training's last test losses, nats per image by term.
        error: its mean squared error per pixel on the test split; None where it is unknown.
        epoch: after which epoch both are.
        run: the shipped run.
    """
    rows = numbers(losses, error, run)
    lines = [f"| {title} | {now} | {then} |" for title, now, then in rows]
    head = [f"| On the test images | epoch\u00a0{epoch} | shipped |", "|:--|--:|--:|"]
    st.markdown("\n".join([*head, *lines]))
    st.caption(
        "↓ lower is better. A loss without an arrow is neither better low nor high by itself: it is traded "
        "against the others."
    )


def numbers(losses: Mapping[str, float], error: float | None, run: StoredRun) -> list[tuple[str, str, str]]:
    """What is measured with its unit, its value now, and the shipped run's; see `show_numbers`.

    Args:
        losses: as there.
        error: as there.
        run: as there.

    Returns:
        A row each, the reconstruction error first; a dash where one of the two has no such number.
    """
    rows = []
    if error is not None:
        then = run.metrics.get("mse")
        rows.append(("MSE ↓, per pixel", plain(error), "–" if then is None else plain(then)))
    last = run.history[-1]["test"] if run.history else {}
    for term, now in losses.items():
        then = last.get(term)
        title = f"{_titled(term)} loss{DIRECTIONS.get(term, '')}, nats per image"
        rows.append((title, plain(now), "–" if then is None else plain(then)))
    return rows


def _titled(term: str) -> str:
    """A loss term as a heading: short ones are abbreviations."""
    words = term.replace("_", " ")
    return words.upper() if len(words) < 4 else words.capitalize()
