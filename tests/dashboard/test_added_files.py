"""A corruption, a prior or a page that is one new file: every page that offers such a thing offers it."""

import json
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
import streamlit as st
from streamlit.testing.v1 import AppTest

from aecore import corruptions, runs
from aecore.latent import priors
from aecore.models.variants import aae, conv_denoising, denoising
from dashboard import app_pages
from dashboard.compare.samples import Grid
from dashboard.denoise import comparison, curve, form
from dashboard.services import cached_reads
from tests.glossary_marks import unmarked
from tests.plugins import FOG, RING, added

DASHBOARD = Path(__file__).resolve().parents[2] / "dashboard"
PAGES = DASHBOARD / "app_pages"


@pytest.fixture
def fog(tmp_path):
    st.cache_resource.clear()  # the fields of a form are read once in a process
    with added(corruptions, tmp_path / "corruptions", "fog.py", FOG, [denoising, conv_denoising]):
        yield
    st.cache_resource.clear()


@pytest.fixture
def ringed(tmp_path):
    """A run whose codes are held to a prior that is one new file."""
    narrow = {"hidden": (8,), "discriminator_hidden": (8,)}
    with added(priors, tmp_path / "priors", "ring.py", RING, [aae]):
        yield runs.train("aae", "digits", epochs=1, prior="ring", **narrow).stored


def opened(page: str, **parameters: str) -> AppTest:
    app = AppTest.from_file(str(PAGES / f"{page}.py"), default_timeout=60)
    for name, value in ({"dataset": "digits"} | parameters).items():
        app.query_params[name] = value
    return app.run()


def test_the_denoise_page_offers_a_new_corruption_and_spoils_the_image_with_it(fog, monkeypatch):
    handed = []
    monkeypatch.setattr(comparison, "show", lambda *given: handed.extend(given))
    monkeypatch.setattr(curve, "show", lambda *given: None)
    app = opened("denoise", noise="fog")
    assert not app.exception
    assert not app.warning
    kinds = next(box for box in app.selectbox if box.label == "Noise")
    assert kinds.options[-1] == "Fog of noise"
    assert "*Fog of noise*: Every pixel fades into a random grey." in kinds.help
    clean, noisy, _, kind, level, *_ = handed
    assert (kind, level) == ("fog", 0.6)
    draws = corruptions.draw(clean.shape, 0)
    np.testing.assert_array_equal(noisy, corruptions.corrupt(clean, "fog", 0.6, draws))


def test_a_run_that_learnt_to_remove_it_is_chosen_at_first_and_named_by_it(fog):
    run = runs.train("denoising", "digits", epochs=1, hidden=(8,), noise="fog").stored
    assert run.run_id in form.usual_models("digits")
    learnt = runs.Run(run).model.noise
    assert comparison._learnt(learnt) == "learnt Fog of noise, 0 to 0.7"


def test_the_train_form_offers_it(fog):
    app = opened("train", variant="denoising")
    assert not app.exception
    assert any("fog" in box.options for box in app.selectbox)


def test_a_new_prior_is_laid_over_the_plane_as_samples(ringed):
    packed = cached_reads.packed_plane(ringed.path)
    length = int.from_bytes(packed[:8], "little")
    about = json.loads(json.loads(packed[8 : 8 + length])["__metadata__"]["plane"])
    samples = safetensors.numpy.load(packed)["prior_samples"]
    assert about["prior"] == "ring"
    np.testing.assert_allclose(np.linalg.norm(samples, axis=1), 2, atol=0.5)


def test_the_generate_page_draws_from_it_and_names_it(ringed):
    app = opened("generate", variant="aae", run=ringed.run_id, **{"from": "prior"})
    assert not app.exception
    written = "\n".join(element.value for element in [*app.markdown, *app.caption, *app.info])
    assert "codes from the prior, a ring" in unmarked(written)
    assert Grid(ringed, "AAE", "prior").words == "its prior, a ring"


PAGE = '''"""Notes: a page of somebody's own."""

import streamlit as st

ORDER = 6
st.subheader("Notes from one file")
'''


def test_a_page_that_is_one_new_file_stands_last_in_the_navigation_and_opens(tmp_path, monkeypatch):
    (tmp_path / "notes.py").write_text(PAGE)
    monkeypatch.setattr(app_pages, "__path__", [*app_pages.__path__, str(tmp_path)])
    listed = []
    own = st.navigation
    monkeypatch.setattr(st, "navigation", lambda pages, **how: listed.append(pages) or own(pages, **how))
    st.cache_resource.clear()
    app = AppTest.from_file(str(DASHBOARD / "app.py"), default_timeout=60).run()
    assert [page.title for page in listed[-1]][-2:] == ["Data", "Notes"]
    app = app.switch_page(str(tmp_path / "notes.py")).run()
    st.cache_resource.clear()
    assert not app.exception
    assert [heading.value for heading in app.subheader] == ["Notes from one file"]
