"""How the run was trained: its settings, its losses by epoch, its networks."""

from pathlib import Path
from typing import Any

import streamlit as st
from plotly.graph_objects import Figure

from aecore.storage.run import StoredRun
from dashboard.figures.loss_curves import loss_curve, stages, terms
from dashboard.shared.export_buttons import codes_parquet
from dashboard.shared.plain_text import as_text

CURVES_KEPT = 128


def show_training(run: StoredRun) -> None:
    """Loss curves, and what the run was made from."""
    manifest, config = run.manifest, run.config
    st.markdown("#### How it learned")
    if stages(run.history)[-1][0] == "closed form":
        seconds = run.history[-1]["seconds"]
        st.markdown(f"Fitted in closed form, in {seconds:.2g} s: there is no learning curve.")
    else:
        names = terms(run.history)
        with st.container(horizontal=True):
            for term in names:
                with st.container(width=300 if len(names) > 2 else 460):
                    figure = _loss_curve(run.path, term, run.history)
                    st.plotly_chart(figure, width="stretch", config={"displaylogo": False})
    with st.expander("About this run"):
        st.markdown(
            f"`{run.run_id}`, {manifest['parameters']:,} parameters, {manifest['seconds']:.0f} s on "
            f"{as_text(manifest['machine'])}, {manifest['created'][:10]}."
        )
        settings = {**config.to_json(), **config.options}
        del settings["options"]
        st.table({"setting": list(settings), "value": [str(value) for value in settings.values()]})
        codes_parquet(run, key="codes-parquet")


@st.cache_resource(show_spinner=False, max_entries=CURVES_KEPT)
def _loss_curve(path: Path, term: str, _history: list[dict[str, Any]]) -> Figure:
    """One loss of the run in a folder, drawn once: Plotly takes half of the time of a rerun for it."""
    return loss_curve(_history, term)
