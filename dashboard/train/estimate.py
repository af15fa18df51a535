"""What a training would be, before it starts: its networks, and how long it takes here, measured."""

import json
import logging
import subprocess
import sys
import tempfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import streamlit as st

from aecore import jobs as trainings
from aecore.config import RunConfig
from aecore.errors import ImagesNeeded, NotMeasured
from aecore.jobs.pace import Pace
from aecore.storage.settings import is_read_only
from dashboard.figures.layer_diagram import layer_diagram
from dashboard.services import cached_reads, engine
from dashboard.services.background import Report, jobs
from dashboard.shared import error_message, image_input
from dashboard.shared.plain_text import as_text
from dashboard.state import keys, session
from dashboard.train.presets import values_of
from dashboard.train.setting_text import text_of

ROOT = Path(__file__).resolve().parents[2]
LARGEST_TIMED = 50_000_000
"""Parameters up to which a model is timed unasked: beyond, a few steps take as long as all else."""
PATIENCE = 120.0
"""Seconds after which timing is given up."""
PERIOD = 0.5


@st.cache_resource(show_spinner="Building the networks …", max_entries=64)
def networks_of(name: str, _config: RunConfig) -> Any:
    """`engine.preview`, worked out once.

    Args:
        name: the config's, which stands for it.
        _config: what would be trained.

    Returns:
        An `aecore.jobs.estimation.Preview`.

    Raises:
        ImagesNeeded: if nothing of the data set is here, so that the size of its images is not known.
    """
    shape = image_input.image_shape(_config.dataset)
    if shape is None:
        raise ImagesNeeded(cached_reads.dataset_titles()[_config.dataset], "Drawing the networks")
    return engine.preview(_config, shape)


def preview_of(config: RunConfig) -> Any:
    """What a config would train, whatever its epochs, learning rate and seed; raises its `AecoreError`."""
    same = engine.same_pace(config)
    return networks_of(same.run_id, same)


def show_networks(config: RunConfig) -> None:
    """The layers of every network, with widths and parameter counts."""
    model = preview_of(config)
    shape = image_input.image_shape(config.dataset)
    st.markdown("**What will be trained**")
    st.html(layer_diagram(model.networks, shape, config.latent_dim))
    card = cached_reads.card(config.variant)
    if not isinstance(card, str):
        st.caption(card.summary)


def pace_of(config: RunConfig) -> Pace | None:
    """The pace of a config on this machine; None before it is measured."""
    job = jobs().get(engine.same_pace(config).run_id)
    if job and job.state == "done":  # also where the disk refuses to keep it
        return job.result
    return engine.kept_pace(config)


def show_estimate(config: RunConfig) -> None:
    """How long the training would take on this machine; measured in a process of its own where it is new.

    Nothing waits for it: the sentence appears when it is known.
    """
    model, asked, pace = preview_of(config), engine.same_pace(config), pace_of(config)
    _give_up_another(asked)
    is_known = pace is not None and pace.seconds_after is not None
    if is_known and (not pace.is_busy or is_read_only() or _is_busy()):
        _say(pace, config, model)
    elif is_read_only():
        st.caption("How long it takes is measured where training is switched on.")
    elif not cached_reads.images_are_here(config.dataset, "train"):
        st.caption("How long it takes here is measured once the training images are there.")
    elif model.parameters > LARGEST_TIMED:
        st.caption(f":material/timer: {model.parameters:,} parameters: too many to be timed beforehand.")
    elif _can_begin(asked) and _is_busy():
        _offer(asked)
    else:
        _start(asked)
        _show_measuring(config, model)


def _is_busy() -> bool:
    """Whether something trains at the moment, beside which everything takes longer."""
    return any(job.is_alive for job in trainings.listing())


def _can_begin(asked: RunConfig) -> bool:
    """Whether measuring a pace is neither under way nor has failed."""
    before = jobs().get(asked.run_id)
    return before is None or before.state in ("done", "stopped")


def _offer(asked: RunConfig) -> None:
    """Timing takes of the processors what the training has, so it waits until somebody wants it."""
    st.caption(":material/timer: Not timed yet: this machine is training at the moment.")
    st.button("Time it all the same", icon=":material/timer:", on_click=_start, args=(asked,))


def _say(pace: Pace, config: RunConfig, model: Any, more: str = "") -> None:
    words = pace.words(config.epochs, is_closed_form=not model.stages)
    st.markdown(f":material/timer: {words[:1].upper()}{words[1:]}.{more}")


@st.fragment(run_every=PERIOD)
@error_message.said
def _show_measuring(config: RunConfig, model: Any) -> None:
    job, pace = jobs().get(engine.same_pace(config).run_id), pace_of(config)
    if job is None or job.is_over:
        if job is None or job.state in ("done", "stopped"):
            st.rerun(scope="app")  # the quick preset fills in epochs by what was measured
        st.caption(f":material/timer: {as_text(job.error)}")
    elif pace is None:
        before = jobs().waiting_before(job) if job.state == "waiting" else 0
        waiting = f" ({before} before it)" * bool(before)
        st.markdown(f":material/timer: Measuring how long it takes on this machine …{waiting}")
    else:
        _say(pace, config, model, " Timing the closing measurement, once for this data set …")


def _start(asked: RunConfig) -> None:
    """Measure a pace, unless that is under way or has failed."""
    if _can_begin(asked):
        jobs().start(asked.run_id, "Measuring the time", lambda report: measure(asked, report))


def give_up(config: RunConfig) -> None:
    """Stop timing a config that is about to be trained: that would take its processors from it."""
    _stop(engine.same_pace(config).run_id)


def _give_up_another(asked: RunConfig) -> None:
    """The form was changed: what it asked for before is of no use any more."""
    before = session.exchange(keys.PACE_ASKED, asked.run_id)
    if before and before != asked.run_id:
        _stop(before)


def _stop(key: str) -> None:
    job = jobs().get(key)
    if job and not job.is_over:
        job.stop()


def measure(config: RunConfig, report: Report) -> Pace:
    """Measure the pace of a config in a process of its own, which keeps it.

    Args:
        config: what would be trained.
        report: called while it goes on; what it raises ends the process.

    Returns:
        The pace.

    Raises:
        NotMeasured: with what the process said, if it failed.
    """
    command = [sys.executable, "-m", "aecore", *words_of(config, "estimate"), "--again", "--json"]
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as failed:
        with subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=failed) as process:
            try:
                _wait(process, report)
            finally:
                process.kill()
        said.seek(0), failed.seek(0)
        if process.returncode:
            raise NotMeasured(_reason(failed.read().strip()))
        found = json.load(said)
    return Pace(**{field.name: found[field.name] for field in fields(Pace)})


def _reason(said: str) -> str:
    """Why a process ended, for a sentence: its own last one, but a library's words are for the log."""
    if "Traceback" in said:
        logging.getLogger(__name__).error("Timing failed:\n%s", said)
        return "a fault of this program, see the output of this server"
    lines = said.splitlines() or ["the process was ended from outside"]
    return lines[-1].rstrip(".")


def _wait(process: subprocess.Popen, report: Report) -> None:
    waited = 0.0
    while process.poll() is None:
        report(0.0, "")
        try:
            process.wait(PERIOD)
        except subprocess.TimeoutExpired:
            waited += PERIOD
        if waited > PATIENCE:
            raise NotMeasured(f"it took longer than {PATIENCE:.0f} s")


def words_of(config: RunConfig, command: str) -> list[str]:
    """A command of the command line about a config, every setting spelt out.

    Args:
        config: from `engine.configure`.
        command: "train", or "estimate" with what that depends on.

    Returns:
        Its words after `python -m aecore`.
    """
    general = {"train": ("latent_dim", "epochs", "batch_size", "learning_rate", "seed")}
    words = [command, config.variant, config.dataset]
    for name, value in values_of(config).items():
        if name in config.options:
            words += ["-o", f"{name}={_json(value)}"]
        elif name in general.get(command, ("latent_dim", "batch_size")):
            words += [f"--{name.replace('_', '-')}", text_of(value)]
    return words


def _json(value: Any) -> str:
    return f"[{','.join(map(str, value))}]" if isinstance(value, list | tuple) else text_of(value)
