"""Links that name runs and data sets: a run opens under its own data set and variant."""

import contextlib

from aecore import datasets
from aecore.errors import AecoreError
from dashboard.services import cached_reads
from dashboard.state import keys, session


def find_dataset() -> None:
    """Let a link name a data set of somebody's own without its ending, as the command line does."""
    here = session.current_address()
    for key in (keys.DATASET, keys.TRAINED_ON):
        word = here.parts.get(key)
        if word and word not in datasets.names():
            with contextlib.suppress(AecoreError):  # the page says that it is not here
                here.put({key: datasets.find(word)})


def bring_own(key: str, *above: str) -> None:
    """Before the choices above a run are shown: let a link that says nothing of them choose the run's own.

    Where the link names others, they stay; it is said what the run is of, and the run is left out.

    Args:
        key: the parameter that names the run, or several, separated by commas.
        *above: the parameters that must be the run's own: `keys.DATASET`, `keys.TRAINED_ON`, `keys.VARIANT`.
    """
    here, stored = session.current_address(), {run.run_id: run for run in cached_reads.listing().runs}
    asked = list(filter(None, (here.get(key) or "").split(",")))
    named = [stored[name] for name in asked if name in stored]
    titles = cached_reads.dataset_titles()
    if key not in here.asked or not named or named[0].config.dataset not in titles:
        return

    def own(run_id: str) -> dict[str, str]:
        config = stored[run_id].config
        return {name: config.variant if name == keys.VARIANT else config.dataset for name in above}

    wanted = own(named[0].run_id) | {name: here.parts[name] for name in above if name in here.parts}
    strangers = [run for run in named if own(run.run_id) != wanted]
    for run in strangers:
        of = titles.get(run.config.dataset, run.config.dataset)
        of += f" · {run.manifest['title']}" * (keys.VARIANT in above)
        session.notice(
            f"The link asks for the run {run.run_id}, which is one of {of} and not of what else "
            f"the link names. Choose {of} to open it."
        )
    here.put({name: text for name, text in wanted.items() if name not in here.parts})
    if strangers:
        left = [name for name in asked if name not in {run.run_id for run in strangers}]
        here.put({key: ",".join(left) or None})
