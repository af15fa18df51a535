"""What is known of each test image: it agrees with the numbers of the whole run, and survives being kept."""

import numpy as np
import pytest

from aecore import runs
from aecore.analysis import per_image
from aecore.latent import priors
from aecore.storage import cache
from aecore.storage.run import StoredRun
from aecore.storage.settings import SHIPPED
from aecore.storage.store import RunStore


def run_named(name: str) -> StoredRun:
    return next(run for run in RunStore(SHIPPED).listing().runs if run.name == name)


@pytest.mark.parametrize("name", ["digits-vae-z2", "mnist-vae-z2"])
def test_kl_per_image_sums_to_what_the_run_stores_by_dimension(name):
    run = run_named(name)
    kl = per_image.stored(run)["kl"]
    assert kl.min() >= 0
    assert kl.mean() == pytest.approx(run.arrays["kl"].sum(), rel=2e-3)  # the variances are float16


def test_the_density_is_that_of_the_runs_own_prior():
    run = run_named("mnist-aae-z32")
    codes = run.arrays["codes"].astype(np.float64)
    expected = np.log(priors.density("standard_normal", codes))
    np.testing.assert_allclose(per_image.stored(run)["density"], expected, rtol=1e-5)
    rolled = next(run for run in RunStore(SHIPPED).listing().runs if run.manifest["prior"] == "swiss_roll")
    assert np.isfinite(per_image.stored(rolled)["density"]).all()


def test_what_a_run_lacks_is_left_out():
    autoencoder = run_named("digits-ae-z2")
    assert list(per_image.stored(autoencoder)) == per_image.stored_names(autoencoder) == ["error"]
    assert per_image.lacking(autoencoder) == ["predicted"]
    assert per_image.lacking(run_named("mnist-vae-z32")) == ["kl", "predicted"]
    for run in RunStore(SHIPPED).listing().runs[::7]:
        assert list(per_image.stored(run)) == per_image.stored_names(run)


def test_kl_is_computed_where_no_variances_are_stored_and_kept(tmp_path, monkeypatch):
    stored, store, said = run_named("mnist-vae-z32"), RunStore(tmp_path), []
    found = per_image.computed(runs.Run(stored), "kl", lambda share, note: said.append(share), store)
    assert found.mean() == pytest.approx(stored.arrays["kl"].sum(), rel=2e-3)
    assert said == sorted(said)
    assert len(said) > 5
    again = per_image.kept(stored, "kl", store)
    assert again is not None
    assert np.array_equal(again, found)


def test_the_class_of_a_reconstruction_is_mostly_the_images_own(tmp_path):
    stored, store = run_named("digits-vae-z2"), RunStore(tmp_path)
    assert per_image.kept(stored, "predicted", store) is None
    found = per_image.computed(runs.Run(stored), "predicted", store=store)
    assert found.dtype == np.int16
    assert 0.5 < (found == stored.known_labels).mean() <= 1
    again = per_image.kept(stored, "predicted", store)
    assert again is not None
    assert np.array_equal(again, found)


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("kl", np.full(599, np.nan, np.float32)),
        ("kl", np.full(599, -1, np.float32)),
        ("kl", np.zeros(598, np.float32)),
        ("predicted", np.full(599, 10, np.int16)),
        ("predicted", np.zeros(599, np.float32)),
    ],
)
def test_an_altered_file_is_passed_over(tmp_path, name, array):
    stored, store = run_named("digits-vae-z2"), RunStore(tmp_path)
    cache.write(stored, per_image.KIND, {"name": name, "format": per_image.FORMAT}, {name: array}, store)
    assert per_image.kept(stored, name, store) is None
