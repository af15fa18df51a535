"""How far a training is, in words. Pure: they are the same in every browser."""

from aecore import datasets
from aecore.config import RunConfig
from aecore.jobs import BEGUN_ANEW, Job
from aecore.models import cards

COMMANDS = {
    "pause": "pauses after this epoch",
    "step": "pauses after this epoch",
    "keep": "stops and is kept",
    "discard": "is being discarded",
}
"""What has been asked of a training that still trains."""


def state_words(job: Job, ahead: int) -> str:
    """What a job is doing, as the end of a sentence.

    Args:
        job: as just read.
        ahead: how many jobs will run before it.

    Returns:
        Words such as "training, epoch 12 of 100".
    """
    done, epochs = job.epochs_done, job.config.epochs_to_do
    words = {
        "queued": f"waiting, {ahead} before it" if ahead else "waiting: it begins in a moment",
        "starting": "starting: reading the images and building the model",
        "training": f"training, epoch {min(done + 1, epochs)} of {_all(job)}{_stage(job)}{_wish(job)}",
        "paused": f"paused after epoch {done} of {_all(job)}",
        "measuring": f"measuring what it reached, {share_done(job):.0%}",
        "interrupted": f"its worker has ended; it resumes after epoch {done} in a moment",
        "failed": f"stopped after epoch {done} of {_all(job)}",
        "done": f"done: {count_of(done, 'epoch')}",
    }
    return words[job.state]


def _all(job: Job) -> str:
    """How many epochs it has; of one that stops early also for how many its schedule was laid out."""
    return f"{job.config.epochs_to_do}{f' (planned {job.config.epochs})' * bool(job.config.stop_after)}"


def _stage(job: Job) -> str:
    """Which stage of a training of several."""
    stage = job.progress.stage if job.progress else ""
    return f", {stage}" if stage not in ("", "training") else ""


def _wish(job: Job) -> str:
    return f", {COMMANDS[job.command]}" if job.command in COMMANDS else ""


def title_of(job: Job) -> str:
    """What a training is called: by its name, else by its variant and data set."""
    known, dataset = cards.names(), datasets.title(job.config.dataset)
    variant = cards.title(job.config.variant) if job.config.variant in known else job.config.variant
    return job.name or f"{variant} on {dataset}"


def resumed_words(job: Job) -> str:
    """That a job was picked up again after its worker had ended; nothing where it was not."""
    progress = job.progress
    if progress and progress.note == BEGUN_ANEW:
        return BEGUN_ANEW
    if progress is None or job.is_over or not (progress.attempt > 1 or progress.resumed_at):
        return ""
    if not progress.resumed_at:
        return "begun anew: the worker had ended before an epoch was whole"
    return f"resumed after epoch {progress.resumed_at}: the worker had ended"


def share_done(job: Job) -> float:
    """How much of the training or, after it, of the measuring is done, 0 to 1."""
    progress = job.progress
    if progress is None:
        return 0.0
    if job.state == "measuring":
        return min(max(progress.share, 0.0), 1.0)
    share = progress.share if job.state == "training" else 0.0
    return min(max((progress.epoch + share) / job.config.epochs_to_do, 0.0), 1.0)


def time_words(seconds: float) -> str:
    """A duration as people say it: 45 s, 12 min, 1 h 20 min."""
    if seconds < 90:
        return f"{max(round(seconds), 1)} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def size_words(size: int) -> str:
    """Bytes as people say them: 42 kB, 3.1 MB."""
    return f"{max(round(size / 1e3), 1)} kB" if size < 1e6 else f"{size / 1e6:.1f} MB"


def count_of(count: int, noun: str) -> str:
    """A number and its noun: 1 epoch, 12 epochs."""
    return f"{count:,} {noun}{'s' * (count != 1)}"


def epochs_words(config: RunConfig) -> str:
    """How many epochs a config trains: 12 epochs; of one that stops early 4 of 100 epochs."""
    return f"{config.epochs_text} epoch{'s' * (config.epochs != 1)}"


def settings_words(config: RunConfig) -> str:
    """What a training was asked for, in a line."""
    return " · ".join([f"z = {config.latent_dim}", epochs_words(config), f"seed {config.seed}"])


def with_article(name: str) -> str:
    """A digit as a person says it, "a 5"; other classes by their names."""
    return f"{'an' if name == '8' else 'a'} {name}" if name.isdecimal() else name
