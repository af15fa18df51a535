"""A corruption is one file: dropped in, it is trained on, measured, fitted at its levels and named."""

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from aecore import corruptions, runs
from aecore.cli.app import app
from aecore.corruptions import Corruption, NoiseRange
from aecore.denoising import noisy_pairs
from aecore.denoising.curves import usual_levels
from aecore.errors import BadValue
from aecore.models import noise
from aecore.models.variants import conv_denoising, denoising
from tests.plugins import FOG, added


@pytest.fixture(autouse=True)
def fog(tmp_path):
    with added(corruptions, tmp_path / "corruptions", "fog.py", FOG, [denoising, conv_denoising]):
        yield


def test_an_added_corruption_is_offered_in_its_place_and_follows_its_formula():
    assert corruptions.names()[-1] == "fog"
    image, drawn = np.full((5, 4, 1), 0.25, np.float32), corruptions.draw((5, 4, 1), 0)
    found = corruptions.corrupt(image, "fog", 0.5, drawn)
    np.testing.assert_allclose(found, 0.125 + drawn.uniform / 2, atol=1e-7)


def test_a_denoising_run_is_trained_on_it_measured_with_it_and_says_so():
    run = runs.train("denoising", "digits", epochs=2, hidden=(8,), noise="fog", highest_level=0.9)
    assert run.model.noise == NoiseRange("fog", 0.0, 0.9)
    assert run.metrics["denoised_psnr"] > 0
    assert run.metrics["noisy_psnr"] < 15


def test_training_puts_tensors_through_the_formula_of_the_pages():
    images = torch.full((200, 1, 8, 8), 0.25)
    found = noise.corrupt(images, "fog", 0.5, torch.Generator().manual_seed(0))
    drawn = torch.rand(images.shape, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(found, 0.125 + drawn / 2)


def test_the_command_line_names_it_and_trains_on_it():
    command = CliRunner()
    table = command.invoke(app, ["options", "denoising"], env={"COLUMNS": "300"}).output
    assert "speckle, fog" in table
    asked = ["train", "denoising", "digits", "--epochs", "1", "-o", "noise=fog", "-o", "hidden=[8]"]
    assert command.invoke(app, asked).exit_code == 0
    told = []
    run = runs.train("denoising", "digits", epochs=1, noise="fog", hidden=(8,), on_epoch=told.append)
    assert (run.model.noise.kind, told) == ("fog", [])


def test_denoisers_are_fitted_at_its_levels():
    assert len(corruptions.find("fog").levels) == corruptions.LEVELS
    assert noisy_pairs.nearest_level("fog", 0.61) == 0.6
    assert 0 not in usual_levels("fog")
    noisy = noisy_pairs.corrupt_batch(np.ones((3, 8, 8, 1), np.float32), "fog", 0.5, 0)
    assert 0.5 <= noisy.min() < noisy.max() <= 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"title": "<b>"}, "title of a corruption cannot be '<b>'"),
        ({"reference": 0.123}, "reference of a corruption cannot be 0.123: it must be one of its levels"),
        ({"levels": (0.0, 0.5)}, "levels of a corruption cannot be"),
        ({"draws": ("coin",)}, "draws of a corruption cannot be"),
        ({"minimum": 0.1, "levels": (0.1, 0.6, 1.0)}, "minimum of a corruption cannot be 0.1"),
    ],
)
def test_a_file_that_says_what_cannot_be_is_answered_with_a_sentence(wrong, sentence):
    given = vars(corruptions.find("fog")) | {"levels": ()}
    with pytest.raises(BadValue, match=sentence):
        Corruption(**given | wrong)
