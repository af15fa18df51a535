"""The README's pictures: what is begun for them ends with them."""

import contextlib

import pytest

from aecore import jobs
from aecore.models import variants
from aecore.storage.store import RunStore
from docs.picture import training
from tests.conftest import small_options

pytestmark = pytest.mark.slow


def test_the_training_of_a_picture_has_left_its_folder_when_that_goes_however_it_ends(tmp_path):
    config = variants.configure("vae", "digits", epochs=5000, **small_options("vae"))
    store = RunStore(tmp_path / "runs")
    job = jobs.submit(config, store)
    with contextlib.suppress(TimeoutError), training(config, store, epochs=1):
        assert any(job.is_alive for job in jobs.listing(store))
        raise TimeoutError
    assert list(job.path.parent.iterdir()) == []
