"""What a training has learned so far: its newest plane and its losses, drawn once for all who look."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import streamlit as st

from aecore.config import RunConfig
from aecore.errors import AecoreError
from aecore.jobs import Job
from aecore.storage import replay
from aecore.storage.replay import Frame
from aecore.storage.run import StoredRun
from dashboard.components.loss_charts import loss_charts
from dashboard.components.rewind import pack_decoder, pack_rewind, rewind, rewind_decoder
from dashboard.figures.loss_curves import SMALL, History, loss_curves
from dashboard.services import cached_reads
from dashboard.shared.replay import AT_ONCE, LOSS_NAME, loss_after
from dashboard.shared.wording import title_of
from dashboard.state import keys, widgets
from dashboard.train import reference_run

KEPT = 8
SCALES = ["linear", "log"]


def show_plane(job: Job, history: History) -> None:
    """The newest frame; nothing is decoded here.

    Args:
        job: as just read.
        history: its records so far.
    """
    path = newest_frame(job)
    if path is None:
        st.caption("The plane appears with the untrained model, in a moment.")
        return
    if job.config.latent_dim > cached_reads.WIDEST_PLANE:
        st.info(f"Codes of {job.config.latent_dim} numbers are too wide for the plane.")
        return
    try:
        changed = path.stat().st_mtime_ns
        epochs = job.config.epochs_to_do
        loss = loss_after(history, int(path.stem))
        about = title_of(job), job.config.dataset, epochs, loss, has_prior(job.config.variant)
        packed = packed_live(path, changed, *about, job.config)
    except (AecoreError, OSError):
        st.caption("The plane follows with the next epoch.")  # thinned out while it was being read
        return
    rewind(packed, key=f"live-{job.run_id}")


def show_kept(job: Job, history: History) -> None:
    """Every kept epoch under a scrubber, while what the training reached is being measured.

    Args:
        job: as just read.
        history: its records.
    """
    epochs = tuple(job.frame_epochs)
    if not epochs or job.config.latent_dim > cached_reads.WIDEST_PLANE:
        show_plane(job, history)
        return
    try:
        losses = tuple(loss_after(history, epoch) for epoch in epochs)
        about = title_of(job), job.config.dataset, losses, has_prior(job.config.variant)
        asked = rewind(packed_kept(job.run_id, epochs, *about, job), key=f"kept-{job.run_id}").epoch
        if asked in epochs:
            path = job.frame(asked)
            frame = take_snapshot(path, path.stat().st_mtime_ns, job.config)
            rewind_decoder(pack_decoder(asked, frame.decoder, job.run_id), key=f"kept-decoder-{job.run_id}")
    except (AecoreError, OSError):
        show_plane(job, history)  # a frame cannot be read, or the run was stored a moment ago


@st.cache_resource(show_spinner=False, max_entries=KEPT)
def packed_kept(
    run_id: str,
    epochs: tuple[int, ...],
    title: str,
    dataset: str,
    losses: tuple[float | None, ...],
    has_prior: bool,
    _job: Job,
) -> bytes:
    """The frames of a training as the plane takes them, packed once for all who look.

    Args:
        run_id: of the training.
        epochs: which frames there are.
        title: what the training is called.
        dataset: the name of its data set.
        losses: as `loss_after` gives them, by frame.
        has_prior: as `has_prior` says.
        _job: the training, which its id names.

    Returns:
        The packed bytes.
    """
    frames = [replay.read_frame(_job.frame(epoch), _job.config) for epoch in epochs]
    images, rows = cached_reads.test_images(dataset), frames[-1].rows
    followed = replay.shown_images(images.labels, len(images))
    labels = (images if rows is None else images[rows]).labels
    weights = sum(tensor.nbytes for frame in frames for tensor in frame.decoder.tensors.values())
    return pack_rewind(
        epochs=epochs,
        codes=[frame.codes for frame in frames],
        labels=labels,
        classes=images.classes,
        image_shape=images.pixels.shape[1:],
        shown=np.stack([frame.shown for frame in frames]),
        originals=images.pixels[followed],
        decoders={frame.epoch: frame.decoder for frame in (frames if weights <= AT_ONCE else frames[-1:])},
        title=title,
        split="test",
        name=run_id,
        rows=rows,
        images=followed,
        total_images=len(images),
        total_epochs=_job.config.epochs_to_do,
        test_losses=losses,
        loss_name=LOSS_NAME,
        conditions=labels if frames[-1].decoder.classes else None,
        has_prior=has_prior,
    )


def has_prior(variant: str) -> bool:
    """Whether a variant trains its codes towards a prior, as far as a run of it tells; else there is none."""
    runs = cached_reads.listing().runs
    return next((run.manifest["prior"] is not None for run in runs if run.config.variant == variant), False)


def newest_frame(job: Job) -> Path | None:
    """The file of the newest epoch that the plane can show; None before there is one."""
    epochs = job.frame_epochs
    return job.frame(epochs[-1]) if epochs else None


@st.cache_resource(show_spinner=False, max_entries=KEPT)
def take_snapshot(path: Path, changed: int, _config: RunConfig) -> Frame:
    """One frame of a training, read once for all who look.

    Args:
        path: its file.
        changed: when it was written.
        _config: of the training, which the path names.

    Returns:
        The frame.
    """
    return replay.read_frame(path, _config)


@st.cache_resource(show_spinner=False, max_entries=KEPT)
def packed_live(
    path: Path,
    changed: int,
    title: str,
    dataset: str,
    epochs: int,
    loss: float | None,
    has_prior: bool,
    _config: RunConfig,
) -> bytes:
    """One frame of a training as the plane takes it, packed once for all who look.

    Args:
        path: the frame's file.
        changed: when it was written.
        title: what the training is called.
        dataset: the name of its data set.
        epochs: how many it will have.
        loss: as `loss_after` gives it.
        has_prior: as `has_prior` says.
        _config: of the training, which the path names.

    Returns:
        The packed bytes.
    """
    frame, images = take_snapshot(path, changed, _config), cached_reads.test_images(dataset)
    followed = replay.shown_images(images.labels, len(images))
    labels = (images if frame.rows is None else images[frame.rows]).labels
    return pack_rewind(
        epochs=[frame.epoch],
        codes=[frame.codes],
        labels=labels,
        classes=images.classes,
        image_shape=images.pixels.shape[1:],
        shown=frame.shown[None],
        originals=images.pixels[followed],
        decoders={frame.epoch: frame.decoder},
        title=title,
        split="test",
        rows=frame.rows,
        images=followed,
        total_images=len(images),
        total_epochs=epochs,
        test_losses=[loss],
        loss_name=LOSS_NAME,
        conditions=labels if frame.decoder.classes else None,
        is_live=True,
        has_prior=has_prior,
        decoder_error=None,
    )


def show_losses(job: Job, history: History, is_log: bool, chosen: StoredRun | None) -> None:
    """A chart per loss term.

    Args:
        job: as just read.
        history: its records so far.
        is_log: whether they stand on a logarithmic axis.
        chosen: the run that they are held against, if any.
    """
    if not history:
        st.caption("Losses appear after the first epoch.")
        return
    shipped = chosen.history[-1]["test"] if chosen else {}
    draw_losses(job.run_id, history, job.config.epochs_to_do, is_log, shipped)


def draw_losses(
    run_id: str, history: History, epochs: int, is_log: bool, shipped: Mapping[str, float]
) -> None:
    """Small charts beside a plane.

    Args:
        run_id: whose losses they are.
        history: records of the epochs, at least one.
        epochs: how many there will be.
        is_log: whether they stand on a logarithmic axis.
        shipped: the last test losses to hold them against, nats per image by term.
    """
    charts = loss_curves(history, epochs, is_log=is_log, shipped=shipped, size=SMALL)
    loss_charts(charts, key=f"losses-{run_id}")


def held_scale() -> str:
    """What `choose_scale` stands at, before it is made."""
    scale = widgets.held(keys.LOSS_SCALE, SCALES[0])
    return scale if scale in SCALES else SCALES[0]


def choose_scale() -> None:
    """Whether the losses stand on a logarithmic axis."""
    st.segmented_control(
        "Scale of the losses",
        SCALES,
        help="Logarithmic shows late, small changes. A loss that is not always above 0 stays linear.",
        **widgets.linked(keys.LOSS_SCALE, SCALES[0], SCALES, "scale of the losses"),
    )


def show_standing(job: Job, history: History, chosen: StoredRun) -> None:
    """The last numbers beside those of a shipped run.

    Args:
        job: as just read.
        history: its records so far, at least one.
        chosen: the shipped run.
    """
    reference_run.show_numbers(history[-1]["test"], _newest_error(job), history[-1]["number"], chosen)


def _newest_error(job: Job) -> float | None:
    """The mean squared error per pixel of the test split at the newest frame."""
    path = newest_frame(job)
    try:
        return take_snapshot(path, path.stat().st_mtime_ns, job.config).error if path else None
    except (AecoreError, OSError):
        return None
