"""Traversals: one dimension at a time, those that say most, of runs that have more than the plane shows."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from aecore.runs import Run
from aecore.storage.settings import SHIPPED
from aecore.storage.store import RunStore
from dashboard.compare import traversals

VAE, AE = "mnist-vae-z32", "mnist-ae-z32"


def section(names: tuple[str, ...]) -> None:
    """A page that shows the section."""
    from aecore.storage.settings import SHIPPED
    from aecore.storage.store import RunStore
    from dashboard.compare import traversals

    traversals.show([RunStore(SHIPPED).open(name) for name in names], "mnist")


def opened(*names: str) -> AppTest:
    return AppTest.from_function(section, args=(names,), default_timeout=120).run()


@pytest.mark.parametrize("start", [None, 7])
def test_a_row_changes_one_dimension_and_nothing_else(start):
    run = RunStore(SHIPPED).open(VAE)
    codes = run.arrays["codes"].astype(np.float32)
    dims, images = traversals.traversed(run.path, start, run)
    order = np.argsort(-run.arrays["kl"], kind="stable")
    assert dims == order[: traversals.MOST].tolist()
    assert images.shape == (traversals.MOST, traversals.STEPS, 28, 28, 1)
    code = codes.mean(0) if start is None else codes[start].copy()
    code[dims[2]] = codes.mean(0)[dims[2]] + traversals.REACH * codes.std(0)[dims[2]]
    np.testing.assert_allclose(images[2, -1], Run(run).decode(code[None])[0], atol=1e-5)


def test_each_run_of_many_dimensions_has_bars_and_a_picture_and_says_what_they_measure():
    app = opened(VAE, AE, "mnist-vae-z2")
    assert not app.exception
    said = " ".join(element.value for element in [*app.markdown, *app.caption])
    assert "KL per dimension" in said
    assert "Variance per dimension; this run has no posterior" in said
    assert len(app.get("plotly_chart")) == 2
    assert len(app.get("imgs")) + len(app.get("image")) == 2


def test_runs_of_two_dimensions_have_none_and_it_is_said():
    app = opened("mnist-vae-z2")
    assert app.info[0].value == traversals.NONE
    assert not app.get("plotly_chart")
