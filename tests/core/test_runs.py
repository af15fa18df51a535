"""The public functions as a person calls them: train, open, encode, decode, and what was measured."""

import json

import numpy as np
import pytest
import torch

import aecore
from aecore import evaluation, runs, training, variants
from aecore.errors import RunDamaged, WrongShape
from aecore.metrics import MEANINGS
from tests.conftest import small_options

every_variant = pytest.mark.parametrize("variant", variants.names())


@pytest.fixture(scope="module")
def digits():
    return {split: aecore.load_images("digits", split) for split in ("train", "test")}


@pytest.fixture
def run(finished_run, variant):
    return finished_run(variant)


# From training to a picture


def test_train_gives_a_run_that_opens_by_its_name():
    run = aecore.train("ae", "digits", epochs=1, hidden=[8])
    assert aecore.open_run("digits-ae-z2").stored.path == run.stored.path


def test_a_run_is_kept_where_the_setting_says(own_runs):
    run = aecore.train("ae", "digits", epochs=1, hidden=[8])
    assert run.stored.path == own_runs / run.config.run_id


def test_a_run_says_which_it_is(finished_run):
    run = finished_run("ae")
    assert repr(run) == f"<Run {run.config.run_id}>"


@every_variant
@pytest.mark.parametrize("latent_dim", [1, 5])
def test_every_variant_trains_in_another_latent_dimension(variant, latent_dim):
    run = aecore.train(variant, "digits", epochs=1, latent_dim=latent_dim, **small_options(variant))
    assert run.codes.shape == (599, latent_dim)
    assert "hole_share" not in run.metrics


@every_variant
def test_encoding_gives_one_code_for_each_image(run, digits):
    codes = run.encode(digits["test"].pixels[:7])
    assert (codes.shape, codes.dtype) == ((7, 2), np.float32)


@every_variant
def test_decoding_gives_one_image_for_each_code(run):
    images = run.decode(np.zeros((7, 2)))
    assert (images.shape, images.dtype) == ((7, 8, 8, 1), np.float32)
    assert images.min() >= 0
    assert images.max() <= 1


@every_variant
def test_a_code_may_be_a_plain_list(run):
    np.testing.assert_array_equal(run.decode([[0, 1]]), run.decode(np.array([[0.0, 1.0]])))


@every_variant
def test_no_image_gives_no_code_and_no_code_no_image(run):
    assert run.encode(np.zeros((0, 8, 8, 1), np.uint8)).shape == (0, 2)
    assert run.decode(np.zeros((0, 2))).shape == (0, 8, 8, 1)


@every_variant
def test_many_images_are_encoded_and_decoded_as_one_by_one(run, digits, monkeypatch):
    pixels = digits["test"].pixels[:20]
    codes = run.encode(pixels)
    images = run.decode(codes)
    monkeypatch.setattr(evaluation, "EVALUATION_BATCH", 7)
    np.testing.assert_allclose(run.encode(pixels), codes, atol=1e-5)
    np.testing.assert_allclose(run.decode(codes), images, atol=1e-5)


@every_variant
def test_an_image_that_is_not_square_is_drawn_upright(variant):
    config = variants.configure(variant, "digits", **small_options(variant))
    model = training.build(config, (5, 4, 3))
    codes = np.random.default_rng(0).standard_normal((6, 2)).astype(np.float32)
    upright = np.moveaxis(model.decode(torch.tensor(codes)).detach().numpy(), 1, 3)
    np.testing.assert_allclose(evaluation.decode(model, codes), upright, atol=1e-6)


@every_variant
def test_encoding_and_decoding_leave_the_model_as_it_was(run, digits):
    before = {name: tensor.clone() for name, tensor in run.model.state_dict().items()}
    run.decode(run.encode(digits["test"].pixels))
    assert all(tensor.equal(before[name]) for name, tensor in run.model.state_dict().items())


@pytest.mark.parametrize(
    ("pixels", "sentence"),
    [
        (
            np.zeros((2, 8, 8, 1), np.float32),
            "pixels of type float32 have shape (2, 8, 8, 1); this run needs uint8 (n, *(8, 8, 1)).",
        ),
        (
            np.zeros((8, 8, 1), np.uint8),
            "pixels of type uint8 have shape (8, 8, 1); this run needs uint8 (n, *(8, 8, 1)).",
        ),
        (
            np.zeros((2, 28, 28, 1), np.uint8),
            "pixels of type uint8 have shape (2, 28, 28, 1); this run needs uint8 (n, *(8, 8, 1)).",
        ),
        (
            np.zeros((2, 8, 8, 3), np.uint8),
            "pixels of type uint8 have shape (2, 8, 8, 3); this run needs uint8 (n, *(8, 8, 1)).",
        ),
    ],
    ids=["floats", "one image", "of another data set", "in colour"],
)
def test_pixels_that_do_not_fit_are_refused_with_what_does(finished_run, pixels, sentence):
    with pytest.raises(WrongShape) as caught:
        finished_run("ae").encode(pixels)
    assert str(caught.value) == sentence


@pytest.mark.parametrize("shape", [(2,), (1, 3), (1, 2, 1), (0, 3), ()])
def test_codes_that_do_not_fit_are_refused_with_what_does(finished_run, shape):
    with pytest.raises(WrongShape) as caught:
        finished_run("ae").decode(np.zeros(shape))
    assert str(caught.value) == f"codes have shape {shape}; this run needs (n, 2)."


def test_weights_that_do_not_fit_the_config_are_a_damaged_run(finished_run):
    run = finished_run("ae")
    vars(run.stored)["weights"] = {"encoder.1.weight": np.zeros((1, 1))}
    with pytest.raises(RunDamaged, match="its weights do not fit its config"):
        run.decode(np.zeros((1, 2)))


# What is stored


@every_variant
def test_the_stored_codes_are_those_of_the_test_images_in_their_order(run, digits):
    np.testing.assert_allclose(run.encode(digits["test"].pixels), run.codes, atol=1e-4)


@every_variant
def test_the_stored_labels_are_those_of_the_test_images(run, digits):
    np.testing.assert_array_equal(run.labels, digits["test"].labels)


@every_variant
def test_the_stored_errors_are_those_of_the_reconstructions(run, digits):
    images = digits["test"].pixels / 255
    expected = np.square(run.decode(run.codes) - images).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(run.stored.arrays["errors"], expected, atol=1e-6)


@every_variant
def test_a_spread_is_stored_where_the_posterior_has_one(run, digits):
    images = torch.tensor(digits["test"].pixels[:5]).permute(0, 3, 1, 2).float() / 255
    log_var = run.model.posterior(images).log_var
    if log_var is None:
        assert "log_var" not in run.stored.arrays
    else:
        stored = run.stored.arrays["log_var"][:5]
        np.testing.assert_allclose(log_var.detach(), stored, atol=1e-4)


@every_variant
def test_the_types_on_disk_are_those_of_the_format(run):
    types = {name: array.dtype for name, array in run.stored.arrays.items()}
    assert types.pop("labels") == np.int16
    assert set(types.values()) == {np.dtype(np.float32)}
    assert {array.dtype for array in run.stored.weights.values()} <= {np.dtype("f2"), np.dtype("f4")}


@every_variant
def test_the_manifest_describes_the_run(run, digits):
    manifest = run.stored.manifest
    assert manifest["title"] == variants.module(run.config.variant).TITLE
    assert tuple(manifest["classes"]) == digits["test"].classes
    assert manifest["image_shape"] == [8, 8, 1]
    assert manifest["prior"] == run.model.prior
    assert manifest["parameters"] == sum(parameter.numel() for parameter in run.model.parameters())


@every_variant
def test_the_described_decoder_names_stored_weights(run):
    layers = run.stored.manifest["layers"]
    named = {layer[part] for layer in layers for part in ("weight", "bias") if part in layer}
    assert named
    assert named <= set(run.stored.weights)


@every_variant
def test_a_manifest_says_nothing_about_who_trained_it_or_where(run, tmp_path_factory):
    text = json.dumps(run.stored.manifest)
    import getpass
    import platform

    words = [platform.node(), str(tmp_path_factory.getbasetemp()), f"/home/{getpass.getuser()}"]
    assert not any(word in text for word in words if word)


# Half precision


def wide(variant: str) -> training.Autoencoder:
    """A model of the usual width: it has large parameters, which half precision is for, and small ones."""
    return training.build(variants.configure(variant, "digits"), (8, 8, 1))


CODES = np.random.default_rng(0).standard_normal((500, 2)).astype(np.float32)


@every_variant
def test_large_parameters_are_stored_in_half_precision_and_small_ones_in_single(variant):
    for array in runs.storable_weights(wide(variant), CODES).values():
        assert array.dtype == (np.float16 if array.size > runs.SMALL else np.float32)


@every_variant
def test_what_is_stored_decodes_within_a_grey_level(variant):
    model = wide(variant)
    exact, weights = evaluation.decode(model, CODES), runs.storable_weights(model, CODES)
    model.load_state_dict({name: torch.tensor(array).float() for name, array in weights.items()})
    assert np.abs(evaluation.decode(model, CODES) - exact).max() <= 1 / 255


@every_variant
def test_single_precision_is_kept_where_half_would_draw_something_else(variant):
    model = wide(variant)
    with torch.no_grad():
        for parameter in model.decoder.parameters():
            parameter.mul_(30)
    weights, exact = runs.storable_weights(model, CODES), model.state_dict()
    assert all(np.array_equal(array, exact[name].numpy()) for name, array in weights.items())
    assert {array.dtype for array in weights.values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize("name", ["encoder.1.weight", "decoder.4.weight"])
def test_single_precision_is_kept_where_half_would_overflow(name):
    model = wide("ae")
    with torch.no_grad():
        model.get_parameter(name)[0, 0] = 70_000.0  # half precision ends at 65,504
    weights = runs.storable_weights(model, CODES)
    assert all(np.isfinite(array).all() for array in weights.values())


@every_variant
def test_choosing_the_precision_leaves_the_model_as_it_was(variant):
    model = wide(variant)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    runs.storable_weights(model, CODES)
    assert all(tensor.equal(before[name]) for name, tensor in model.state_dict().items())


# What is measured


@every_variant
def test_measuring_again_from_the_stored_weights_gives_the_same_numbers(run, digits):
    again = evaluation.evaluate(run.model, digits["train"], digits["test"]).metrics
    assert again == pytest.approx(run.metrics, rel=1e-6)


@every_variant
def test_the_mse_is_the_mean_of_the_stored_errors(run):
    assert run.metrics["mse"] == pytest.approx(run.stored.arrays["errors"].mean(), rel=1e-6)


@every_variant
def test_every_number_stands_beside_its_floors(run):
    wanted = {floor for name in run.metrics for floor in MEANINGS[name].floors}
    assert wanted <= set(run.metrics)


@every_variant
def test_every_number_is_finite(run):
    assert all(np.isfinite(value) for value in run.metrics.values())


@every_variant
def test_numbers_of_a_bound_and_of_a_game_are_stored_where_there_is_one(run):
    model, images = run.model, torch.zeros(1, 1, 8, 8)
    has_bound = model.negative_elbo(images, torch.Generator()) is not None
    assert ("negative_elbo" in run.metrics) == has_bound
    assert ("discriminator_loss" in run.metrics) == ("discriminator" in model.parts())


def test_the_stored_bound_is_its_mean_over_the_test_images_and_several_draws(finished_run, digits):
    run = finished_run("vae")
    images = torch.tensor(digits["test"].pixels).permute(0, 3, 1, 2).float() / 255
    draws = [run.model.negative_elbo(images, torch.Generator().manual_seed(seed)) for seed in range(100, 130)]
    expected = torch.stack(draws).mean().item()
    assert run.metrics["negative_elbo"] == pytest.approx(expected, rel=0.01)


def test_a_vaes_coverage_is_that_of_samples_not_of_means(finished_run):
    run = finished_run("vae")
    codes, log_var = run.codes, run.stored.arrays["log_var"]
    spread = np.sqrt(codes.var(0) + np.exp(log_var).mean(0)).mean()  # law of total variance
    assert run.metrics["code_std"] == pytest.approx(spread, rel=0.1)
    assert run.metrics["code_std"] > 1.1 * codes.std(0).mean()


def test_an_autoencoders_coverage_is_that_of_its_codes(finished_run):
    run = finished_run("ae")
    assert run.metrics["code_std"] == pytest.approx(run.codes.std(0).mean(), rel=1e-5)


@every_variant
def test_history_holds_one_record_per_epoch(run):
    assert [record["number"] for record in run.history] == [1, 2]
    assert all(set(record["train"]) == set(record["test"]) for record in run.history)
