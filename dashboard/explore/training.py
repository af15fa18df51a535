"""How the run was trained: its settings, its losses by epoch, its networks."""

from pathlib import Path
from typing import Any

import streamlit as st

from aecore.storage.run import StoredRun
from dashboard.components.loss_charts import loss_charts
from dashboard.figures.loss_curves import loss_curves, stages
from dashboard.shared.export_buttons import codes_parquet
from dashboard.shared.plain_text import as_text

CURVES_KEPT = 128
ALONE = "These are codes alone: how they were made is not known here."


def show_training(run: StoredRun) -> None:
    """Loss curves, and what the run was made from."""
    manifest, config = run.manifest, run.config
    st.markdown("## How it learned")
    if not run.history:
        st.markdown("This was trained elsewhere: there is no learning curve." if run.has_decoder else ALONE)
    elif stages(run.history)[-1][0] == "closed form":
        seconds = run.history[-1]["seconds"]
        st.markdown(f"Fitted in closed form, in {seconds:.2g} s: there is no learning curve.")
    else:
        loss_charts(_loss_curves(run.path, run.history), key="losses")
    with st.expander("About this run"):
        st.markdown(
            f"`{run.run_id}`, {manifest['parameters']:,} parameters, "
            + f"{manifest['seconds']:.0f} s on {as_text(manifest['machine'])}, " * config.is_trained
            + f"{manifest['created'][:10]}."
        )
        settings = {**config.to_json(), **config.options}
        del settings["options"]
        if not config.is_trained:
            settings = {name: settings[name] for name in ("dataset", "latent_dim", *config.options)}
        st.table({"setting": list(settings), "value": [str(value) for value in settings.values()]})
        codes_parquet(run, key="codes-parquet")


@st.cache_data(show_spinner=False, max_entries=CURVES_KEPT)
def _loss_curves(path: Path, _history: list[dict[str, Any]]) -> str:
    """The losses of the run in a folder, drawn once."""
    return loss_curves(_history, _history[-1]["number"])
