"""The first visit: what the tool is, ways on, and the tour's tasks for the run that is shown."""

from aecore.storage.run import StoredRun
from dashboard.components.introduction import Door, Task, introduction
from dashboard.services import cached_reads
from dashboard.shared.wording import with_article
from dashboard.state import keys, session

SENTENCE = (
    "An autoencoder squeezes each image into {} and draws it again. Move the pointer over the map of those "
    "numbers and watch what it draws."
)
DOORS = (
    Door("Learn", "A tour in seven short tasks, on this page.", ""),
    Door("Teach", "Three models under one pointer; a link shows your class the same.", "compare"),
    Door("Research", "Train your own, measure it, and take it all with you.", "train"),
)
PAIRS = (("8", "3"), ("Pullover", "Coat"))
"""Classes of which one turns into the other somewhere on the plane."""


def show(run: StoredRun) -> None:
    """Mount the introduction to a run's plane, and open it where the address asks for it."""
    introduction(
        SENTENCE.format({1: "one number", 2: "two numbers"}.get(run.config.latent_dim, "a few numbers")),
        DOORS,
        tasks(run),
        group=cached_reads.EXPLORE_GROUP,
        is_asked=session.take(keys.WELCOME),
        key=keys.INTRODUCTION,
    )


def tasks(run: StoredRun) -> list[Task]:
    """What a visitor is asked to do, in order; tasks about classes only where there are some."""
    pair = next((pair for pair in PAIRS if set(pair) <= set(run.classes)), ())
    first, second = map(with_article, pair) if pair else ("one class", "another")
    found = [
        Task("move", "Move the pointer, or a finger, over the plane: the decoder draws what belongs there."),
        Task("between", f"Find a place where {first} turns into {second}.", pair),
        Task("choose", "Click or tap a dot: its original and its reconstruction stand side by side."),
        Task("prior", "Turn on Prior: its rings show where new images are drawn from."),
        Task("model", "Choose another model: Autoencoder.", plane=run.run_id * (run.config.variant == "ae")),
        Task("holes", "Turn on Holes and zoom in on N(0, I): hatched is where hardly an image is."),
        Task("draw", "Open Draw and draw one yourself: the star is its code."),
    ]
    return found if run.classes else [task for task in found if task.kind != "between"]
