"""How a run learned: its kept epochs under a scrubber, decoded in the browser by the decoder of each."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from aecore.errors import AecoreError
from aecore.storage import cache, replay
from aecore.storage.replay import Rewind
from aecore.storage.run import StoredRun, read_manifest
from aecore.storage.store import MANIFEST, RunStore
from dashboard.components.epoch_track import epoch_track
from dashboard.components.rewind import pack_decoder, pack_rewind, rewind, rewind_decoder
from dashboard.services import cached_reads
from dashboard.shared import error_message
from dashboard.shared.dimensions import dimensions
from dashboard.shared.plain_text import as_text
from dashboard.shared.wording import size_words
from dashboard.state import epochs, keys

AT_ONCE = 4_000_000
"""Bytes of a rewind's decoders up to which all travel at once; of larger ones, those that are asked for."""
KEPT = 3
LOSS_NAME = "test reconstruction ↓, nats per image"
NONE = (
    "This run has no rewind: the epochs on its way were not kept. A run that is trained on the Train page "
    "keeps them."
)


def loss_after(history: Sequence[Mapping[str, Any]], epoch: int) -> float | None:
    """The reconstruction loss on the test split after an epoch; None of the untrained model.

    Args:
        history: records of a training, each with number and test {term: nats}.
        epoch: the epoch's number.

    Returns:
        Nats per image.
    """
    if not 0 < epoch <= len(history):  # epochs are numbered from 1, without gaps
        return None
    return history[epoch - 1]["test"].get("reconstruction")


def is_there(run: StoredRun) -> bool:
    """Whether a run has a rewind, its own or a compact one beside it; nothing is read."""
    store = RunStore(run.path.parent, *RunStore().roots)
    return run.has_rewind or cache.path(run, replay.KIND, replay.SETTINGS, store) is not None


def show_rewind(run: StoredRun) -> None:
    """The scrubber over a run's kept epochs, or a sentence where there are none.

    Args:
        run: a finished run.
    """
    if not is_there(run):
        st.info(NONE)
    elif not cached_reads.has_plane(run):
        st.info(
            f"Its codes have {run.config.latent_dim} numbers, and the plane takes up to "
            f"{cached_reads.WIDEST_PLANE}."
        )
    else:
        _show_scrubber(run.path)


def about(found: Rewind) -> str:
    """What the rewind holds, in a sentence: nothing is left out in silence."""
    total, last = len(found.run.arrays["codes"]), found.epochs[-1]
    shown = total if found.rows is None else len(found.rows)
    images = f"all {total:,} test images" if shown == total else f"{shown:,} of the {total:,} test images"
    epochs = f"{len(found.epochs)} epochs from {found.epochs[0]} to {last}, closer at the start"
    if len(found.epochs) == last + 1:
        epochs = f"every epoch from 0 to {last}"
    return (
        f"The codes of {images} after {epochs}; epoch 0 is the untrained model. {size_words(found.bytes)}. "
        "Drag or press play: codes move from one kept epoch to the next, and the pointer decodes with the "
        "decoder of the epoch shown."
    )


@st.fragment
@error_message.said
def show_track(path: Path) -> None:
    """The track of a run's kept epochs under its plane, and, once it was touched, the rewind in its place.

    Args:
        path: the run's folder; the run has a rewind.
    """
    changed = _changed(path)
    try:
        found = opened(path, changed)
        run, at = found.run, epochs.shown_epoch(found.epochs)
        epoch_track(
            name=run.run_id,
            epochs=found.epochs,
            losses=[loss_after(run.history, epoch) for epoch in found.epochs],
            loss_name=LOSS_NAME,
            total=run.config.epochs_to_do,
            note=about(found),
            at=at,
            key=keys.EPOCH_TRACK,
            on_epoch=lambda: epochs.keep_epoch(run.run_id, found.epochs[-1]),
        )
        if at is None and not epochs.is_rewound(run.run_id):
            return
        packed = packed_rewind(path, changed, cached_reads.EXPLORE_GROUP)
        asked = rewind(packed, key=keys.REWIND_IN_PLACE, in_place=True).epoch
        if asked is not None:
            rewind_decoder(packed_decoder(path, changed, int(asked)), key="decoder-in-place")
    except AecoreError as error:
        st.error(as_text(error))


def _changed(path: Path) -> int:
    return (path / MANIFEST).stat().st_mtime_ns if (path / MANIFEST).is_file() else 0


@st.fragment
@error_message.said
def _show_scrubber(path: Path) -> None:
    """The component, and one more decoder where the browser asks for it."""
    changed = _changed(path)
    try:
        asked = rewind(packed_rewind(path, changed), key=f"rewind-{path.name}").epoch
        if asked is not None:
            rewind_decoder(packed_decoder(path, changed, int(asked)), key=f"rewind-decoder-{path.name}")
        st.caption(about(opened(path, changed)))
    except AecoreError as error:
        st.error(as_text(error))


@st.cache_resource(show_spinner=False, max_entries=4 * KEPT)
def opened(path: Path, changed: int) -> Rewind:
    """The rewind of a run that has one, its file seen to be whole once for all who look.

    Args:
        path: the run's folder.
        changed: when its manifest was written; a run trained anew is another one.

    Returns:
        The rewind.
    """
    found = replay.open_rewind(read_manifest(path))
    assert found, f"{path.name} has no rewind; show_rewind sees to that"
    return found


@st.cache_resource(show_spinner="Opening the rewind …", max_entries=KEPT)
def packed_rewind(path: Path, changed: int, in_place: str = "") -> bytes:
    """All codes and reconstructions of a run's rewind, as one buffer, with the decoders it begins with.

    Args:
        path: the run's folder.
        changed: as in `opened`.
        in_place: the group of the plane in whose place it stands; empty where it stands by itself.

    Returns:
        The packed bytes.
    """
    found = opened(path, changed)
    run, kept = found.run, found.epochs
    is_small = sum(map(found.decoder_bytes, kept)) <= AT_ONCE
    rows = found.rows
    labels, conditions = run.labels, run.arrays.get("conditions")
    originals = None
    if cached_reads.images_are_here(run.config.dataset):
        originals = cached_reads.test_images(run.config.dataset).pixels[found.images]
    decoders = {epoch: found.decoder(epoch) for epoch in (kept if is_small else kept[-1:])}
    is_compressed = any(found.decoder_error(epoch) is not None for epoch in kept)
    return pack_rewind(
        epochs=kept,
        codes=[found.codes(epoch) for epoch in kept],
        labels=labels if rows is None or labels is None else labels[rows],
        classes=run.classes,
        image_shape=run.image_shape,
        shown=np.stack([found.shown(epoch) for epoch in kept]),
        originals=originals,
        decoders=decoders,
        title=f"{run.manifest['data_title']} · {run.manifest['title']}",
        split="test",
        name=run.run_id,
        rows=rows,
        images=found.images,
        total_images=run.test_images,
        total_epochs=run.config.epochs_to_do,
        test_losses=[loss_after(run.history, epoch) for epoch in kept],
        loss_name=LOSS_NAME,
        conditions=conditions if rows is None or conditions is None else conditions[rows],
        axes=dimensions(run.arrays["codes"], run.arrays.get("kl")).first,
        is_live=False,
        has_prior=run.manifest["prior"] is not None,
        decoder_error=[found.decoder_error(epoch) for epoch in kept] if is_compressed else None,
        in_place=in_place,
    )


@st.cache_resource(show_spinner=False, max_entries=64)
def packed_decoder(path: Path, changed: int, epoch: int) -> bytes:
    """The decoder of one kept epoch, as a buffer.

    Args:
        path: the run's folder.
        changed: as in `opened`.
        epoch: one of the rewind's.

    Returns:
        The packed bytes.
    """
    found = opened(path, changed)
    epoch = epoch if epoch in found.epochs else found.epochs[-1]  # a browser may say anything
    return pack_decoder(epoch, found.decoder(epoch), path.name)
