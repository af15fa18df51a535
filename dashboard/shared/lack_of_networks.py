"""What a page says of a run that has no decoder, or no encoder: codes that were brought alone, say."""

from collections.abc import Sequence

import streamlit as st

from aecore.config import CODES
from aecore.storage.run import StoredRun
from dashboard.services import cached_reads
from dashboard.shared.plain_text import as_text


def lack_of_decoder(purpose: str) -> str:
    """What a page leaves out of a run that is of codes alone.

    Args:
        purpose: what would need a decoder, as the start of a sentence.

    Returns:
        The sentence.
    """
    return f"{purpose} needs a decoder, and this run is of codes alone."


def lack_of_encoder(run: StoredRun, purpose: str) -> str:
    """What a page leaves out of a run that cannot encode.

    Args:
        run: without an encoder.
        purpose: what would need one, as the start of a sentence.

    Returns:
        The sentence.
    """
    if run.config.variant == CODES:
        return f"{purpose} needs an encoder, and this run is of codes alone."
    if not run.config.is_trained:
        return f"{purpose} needs an encoder, and this model was adopted without one."
    return (
        f"{purpose} needs the encoder of {run.config.variant}, and there is no variant of that name here. "
        "Start the program with AECORE_VARIANTS set to the folder of its file."
    )


def with_decoder(runs: Sequence[StoredRun], purpose: str) -> list[StoredRun]:
    """Those runs that can decode; the others are named.

    Args:
        runs: of the page.
        purpose: what needs a decoder, as the start of a sentence.

    Returns:
        Those with a decoder.
    """
    return _having(runs, [run for run in runs if run.has_decoder], f"{purpose} needs a decoder")


def with_encoder(runs: Sequence[StoredRun], purpose: str) -> list[StoredRun]:
    """Those runs that can encode; the others are named, as `with_decoder` does."""
    return _having(runs, [run for run in runs if run.has_encoder], f"{purpose} needs an encoder")


def _having(runs: Sequence[StoredRun], having: list[StoredRun], what: str) -> list[StoredRun]:
    lacking = [run for run in runs if run not in having]
    if lacking:
        titles = cached_reads.short_labels(list(runs))
        named = ", ".join(as_text(titles[run.run_id]) for run in lacking)
        st.info(f"{what}, so {named} {'is' if len(lacking) == 1 else 'are'} left out.")
    return having
