"""The public functions as a person calls them: train, open, encode, decode, and what was measured."""

import dataclasses
import json

import numpy as np
import pytest
import torch

import aecore
from aecore import runs
from aecore.errors import BadValue, RunDamaged, WrongShape
from aecore.evaluation import evaluation
from aecore.jobs import finalize
from aecore.metrics import catalog
from aecore.models import build, inference, variants
from aecore.models.base import Batch
from aecore.training import loop
from tests.conftest import is_trained, quick
from tests.core.models.small_models import Case
from tests.core.models.small_models import digits as float_digits

every_variant = pytest.mark.parametrize("variant", variants.names())
CONDITIONAL = [name for name in variants.names() if variants.module(name).Variant.is_conditional]
every_conditional_variant = pytest.mark.parametrize("variant", CONDITIONAL)


def classes(run, count: int) -> np.ndarray | None:
    """A class for each of so many codes, where the decoder takes one."""
    return np.arange(count) % 10 if run.config.variant in CONDITIONAL else None


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
    run = aecore.train(variant, "digits", latent_dim=latent_dim, **quick(variant, epochs=1))
    assert run.codes.shape == (599, latent_dim)
    assert "hole_share" not in run.metrics


@every_variant
def test_encoding_gives_one_code_for_each_image(run, digits):
    codes = run.encode(digits["test"].pixels[:7])
    assert (codes.shape, codes.dtype) == ((7, 2), np.float32)


@every_variant
def test_decoding_gives_one_image_for_each_code(run):
    images = run.decode(np.zeros((7, 2)), classes(run, 7))
    assert (images.shape, images.dtype) == ((7, 8, 8, 1), np.float32)
    assert images.min() >= 0
    assert images.max() <= 1


@every_variant
def test_a_code_may_be_a_plain_list(run):
    label = classes(run, 1)
    plain = label if label is None else label.tolist()
    np.testing.assert_array_equal(run.decode([[0, 1]], plain), run.decode(np.array([[0.0, 1.0]]), label))


@every_variant
def test_no_image_gives_no_code_and_no_code_no_image(run):
    assert run.encode(np.zeros((0, 8, 8, 1), np.uint8)).shape == (0, 2)
    assert run.decode(np.zeros((0, 2)), classes(run, 0)).shape == (0, 8, 8, 1)


@every_variant
def test_many_images_are_encoded_and_decoded_as_one_by_one(run, digits, monkeypatch):
    pixels = digits["test"].pixels[:20]
    codes = run.encode(pixels)
    images = run.decode(codes, classes(run, 20))
    monkeypatch.setattr(inference, "EVALUATION_BATCH", 7)
    np.testing.assert_allclose(run.encode(pixels), codes, atol=1e-5)
    np.testing.assert_allclose(run.decode(codes, classes(run, 20)), images, atol=1e-5)


@every_variant
def test_an_image_that_is_not_square_is_drawn_upright(variant):
    model = Case(variant, (3, 5, 4)).build()
    codes = np.random.default_rng(0).standard_normal((6, 2)).astype(np.float32)
    labels = np.arange(6) if model.is_conditional else None
    chosen = None if labels is None else torch.tensor(labels)
    upright = np.moveaxis(model.decode(torch.tensor(codes), chosen).detach().numpy(), 1, 3)
    np.testing.assert_allclose(inference.decode(model, codes, labels), upright, atol=1e-6)


@every_variant
def test_encoding_and_decoding_leave_the_model_as_it_was(run, digits):
    before = {name: tensor.clone() for name, tensor in run.model.state_dict().items()}
    run.decode(run.encode(digits["test"].pixels), classes(run, 599))
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


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf, 1e300], ids=str)
def test_a_code_that_is_no_finite_number_is_refused_and_the_run_not_called_damaged(finished_run, number):
    with pytest.raises(BadValue, match=r"^codes cannot be .*: it must be finite numbers of float32\.$"):
        finished_run("ae").decode(np.array([[0.0, 1.0], [number, 0.0]]))


@every_conditional_variant
def test_a_decoder_that_is_given_a_class_is_given_one_for_every_code(run):
    with pytest.raises(BadValue) as caught:
        run.decode(np.zeros((1, 2)))
    assert str(caught.value) == "labels cannot be None: it must be a class for every code."


@pytest.mark.parametrize("variant", ["ae", "vae", "stacked"])
def test_a_decoder_that_takes_no_class_refuses_one(run):
    with pytest.raises(BadValue) as caught:
        run.decode(np.zeros((1, 2)), [3])
    assert str(caught.value) == "labels cannot be [3]: it must be left out: it takes no class."


@every_conditional_variant
@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        ([0, 10], "labels cannot be 10: it must be whole numbers from 0 to 9."),
        ([-1, 0], "labels cannot be -1: it must be whole numbers from 0 to 9."),
        ([0.5, 1], "labels cannot be 0.5: it must be whole numbers from 0 to 9."),
        (["3", "4"], "labels cannot be '3': it must be whole numbers from 0 to 9."),
    ],
    ids=str,
)
def test_a_label_that_is_no_class_is_refused(run, labels, sentence):
    with pytest.raises(BadValue) as caught:
        run.decode(np.zeros((2, 2)), labels)
    assert str(caught.value) == sentence


@every_conditional_variant
@pytest.mark.parametrize("labels", [3, [3], [[1, 2]], [1, 2, 3]], ids=str)
def test_labels_that_are_not_as_many_as_codes_are_refused(run, labels):
    with pytest.raises(WrongShape) as caught:
        run.decode(np.zeros((2, 2)), labels)
    found = np.shape(labels)
    assert str(caught.value) == f"labels have shape {found}; this run needs (2,), one for each code."


@every_conditional_variant
def test_a_code_is_drawn_as_the_class_that_is_asked_for(run):
    images = run.decode(np.zeros((10, 2)), range(10))
    one_by_one = [run.decode(np.zeros((1, 2)), [label])[0] for label in range(10)]
    np.testing.assert_allclose(images, one_by_one, atol=1e-6)
    assert len({image.tobytes() for image in images}) == 10


def test_weights_that_do_not_fit_the_config_are_a_damaged_run(finished_run):
    run = finished_run("ae")
    vars(run.stored)["weights"] = {"encoder.1.weight": np.zeros((1, 1))}
    with pytest.raises(RunDamaged, match="its weights do not fit its config"):
        run.decode(np.zeros((1, 2)))


# What is stored


@every_variant
def test_the_stored_codes_are_those_of_the_test_images_in_their_order(run, digits):
    np.testing.assert_allclose(run.encode(digits["test"].pixels), run.codes, atol=1e-4)


def test_wide_codes_are_stored_in_half_precision_and_still_open_as_float32():
    run = aecore.train("vae", "digits", latent_dim=9, **quick("vae", epochs=1))
    assert run.stored.arrays["codes"].dtype == np.float16
    assert run.codes.dtype == np.float32
    pixels = aecore.load_images("digits", "test").pixels
    np.testing.assert_allclose(run.encode(pixels), run.codes, rtol=1e-3, atol=1e-3)


@every_variant
def test_the_stored_class_is_the_one_that_each_image_is_decoded_with(run):
    if run.config.variant in CONDITIONAL:
        expected = run.model.conditions(float_digits("test")).numpy()
        np.testing.assert_array_equal(run.stored.arrays["conditions"], expected)
    else:
        assert "conditions" not in run.stored.arrays


@every_variant
def test_the_stored_kl_is_the_mean_of_each_dimension_where_there_is_a_spread(run):
    if "log_var" not in run.stored.arrays:
        assert "kl" not in run.stored.arrays
        return
    from torch.distributions import Normal, kl_divergence

    mean, log_var = (torch.tensor(run.stored.arrays[name]).float() for name in ("codes", "log_var"))
    prior = Normal(torch.zeros(()), torch.ones(()))
    expected = kl_divergence(Normal(mean, (log_var / 2).exp()), prior).mean(0)
    np.testing.assert_allclose(run.stored.arrays["kl"], expected, rtol=1e-3)  # log_var has three digits
    assert run.metrics["kl"] == pytest.approx(expected.sum().item(), rel=1e-3)


def test_beyond_eight_dimensions_a_spread_is_stored_as_its_kl_alone():
    run = aecore.train("vae", "digits", latent_dim=9, **quick("vae", epochs=1))
    assert "log_var" not in run.stored.arrays
    assert run.stored.arrays["kl"].shape == (9,)


@every_variant
def test_the_stored_labels_are_those_of_the_test_images(run, digits):
    np.testing.assert_array_equal(run.labels, digits["test"].labels)


@every_variant
def test_the_stored_errors_are_those_of_the_reconstructions(run, digits):
    images = digits["test"].pixels / 255
    shown = run.decode(run.codes, run.stored.arrays.get("conditions"))
    expected = np.square(shown - images).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(run.stored.arrays["errors"], expected, rtol=1e-3)


@every_variant
def test_a_spread_is_stored_where_the_posterior_has_one(run, digits):
    images = torch.tensor(digits["test"].pixels[:5]).permute(0, 3, 1, 2).float() / 255
    log_var = run.model.posterior(images).log_var
    if log_var is None:
        assert "log_var" not in run.stored.arrays
    else:
        stored = run.stored.arrays["log_var"][:5]
        np.testing.assert_allclose(log_var.detach(), stored, rtol=1e-3, atol=1e-4)


@every_variant
def test_the_types_on_disk_are_those_of_the_format(run):
    types = {name: array.dtype for name, array in run.stored.arrays.items()}
    assert types.pop("labels") == types.pop("conditions", np.int16) == np.int16
    assert types.pop("errors") == types.pop("log_var", np.float16) == np.float16
    assert set(types.values()) == {np.dtype(np.float32)}
    assert {array.dtype for array in run.stored.weights.values()} <= {np.dtype("f2"), np.dtype("f4")}


@every_variant
def test_the_manifest_describes_the_run(run, digits):
    manifest = run.stored.manifest
    assert manifest["title"] == variants.module(run.config.variant).TITLE
    assert tuple(manifest["classes"]) == digits["test"].classes
    assert manifest["image_shape"] == [8, 8, 1]
    assert (manifest["prior"], manifest["labels"]) == (run.model.prior, run.model.labels)
    assert {"encoder", "decoder"} <= set(manifest["networks"])
    assert manifest["parameters"] == sum(parameter.numel() for parameter in run.model.parameters())


@every_variant
def test_the_described_decoder_names_stored_weights(run):
    layers = run.stored.manifest["layers"]
    values = {value for layer in layers for value in layer.values() if isinstance(value, str)}
    named = {value for value in values if value.startswith("decoder.")}
    assert named == {name for name in run.stored.weights if name.startswith("decoder.")}


@every_variant
def test_a_manifest_says_nothing_about_who_trained_it_or_where(run, tmp_path_factory):
    text = json.dumps(run.stored.manifest)
    import getpass
    import platform

    words = [platform.node(), str(tmp_path_factory.getbasetemp()), f"/home/{getpass.getuser()}"]
    assert not any(word in text for word in words if word)


# Half precision


def wide(variant: str) -> loop.Autoencoder:
    """A model of the usual width: it has large parameters, which half precision is for, and small ones."""
    return build.build_model(variants.configure(variant, "digits"), (8, 8, 1))


CODES = np.random.default_rng(0).standard_normal((500, 2)).astype(np.float32)


def slim(model: loop.Autoencoder) -> dict[str, np.ndarray]:
    """What would be stored of a model."""
    return finalize.storable_weights(model, CODES, chosen(model))


def shown(model: loop.Autoencoder) -> np.ndarray:
    """What it draws for the codes."""
    return inference.decode(model, CODES, chosen(model))


def chosen(model: loop.Autoencoder) -> np.ndarray | None:
    """A class for each code, where the decoder takes one."""
    return np.arange(500) % 10 if model.is_conditional else None


@every_variant
def test_large_parameters_are_stored_in_half_precision_and_small_ones_in_single(variant):
    for array in slim(wide(variant)).values():
        assert array.dtype == (np.float16 if array.size > finalize.SMALL else np.float32)


@every_variant
def test_what_is_stored_decodes_within_a_grey_level(variant):
    model = wide(variant)
    exact, weights = shown(model), slim(model)
    model.load_state_dict({name: torch.tensor(array).float() for name, array in weights.items()})
    assert np.abs(shown(model) - exact).max() <= 1 / 255


@every_variant
def test_single_precision_is_kept_where_half_would_draw_something_else(variant):
    model = wide(variant)
    with torch.no_grad():
        for parameter in model.decoder.parameters():
            parameter.mul_(30)
    weights, exact = slim(model), model.state_dict()
    assert all(np.array_equal(array, exact[name].numpy()) for name, array in weights.items())
    assert {array.dtype for array in weights.values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize("name", ["encoder.1.weight", "decoder.4.weight"])
def test_single_precision_is_kept_where_half_would_overflow(name):
    model = wide("ae")
    with torch.no_grad():
        model.get_parameter(name)[0, 0] = 70_000.0  # half precision ends at 65,504
    weights = slim(model)
    assert all(np.isfinite(array).all() for array in weights.values())


@every_variant
def test_choosing_the_precision_leaves_the_model_as_it_was(variant):
    model = wide(variant)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    slim(model)
    assert all(tensor.equal(before[name]) for name, tensor in model.state_dict().items())


# What is measured


@every_variant
def test_measuring_again_from_the_stored_weights_gives_the_same_numbers(run, digits):
    again = evaluation.evaluate(run.model, digits["train"], digits["test"]).metrics
    assert again == pytest.approx(run.metrics, rel=1e-6)


@every_variant
def test_the_mse_is_the_mean_of_the_stored_errors(run):
    assert run.metrics["mse"] == pytest.approx(run.stored.arrays["errors"].mean(dtype=float), rel=1e-4)


@every_variant
def test_every_number_stands_beside_its_floors(run):
    wanted = {floor for name in run.metrics for floor in catalog()[name].floors}
    if run.config.variant not in CONDITIONAL:
        wanted.remove("class_mean_mse")
    assert wanted <= set(run.metrics)


@every_variant
def test_every_number_is_finite(run):
    assert all(np.isfinite(value) for value in run.metrics.values())


@every_variant
def test_numbers_of_a_bound_and_of_a_game_are_stored_where_there_is_one(run):
    model, batch = run.model, Batch(torch.zeros(1, 1, 8, 8), torch.zeros(1, dtype=torch.int64))
    has_bound = model.negative_elbo(batch, torch.Generator()) is not None
    assert ("negative_elbo" in run.metrics) == has_bound
    critics = {f"{name}_loss" for name in model.parameter_groups() if name.endswith("discriminator")}
    assert {name for name in run.metrics if name.endswith("discriminator_loss")} == critics
    assert ("test_error" in run.metrics) == (model.classify(batch.images) is not None)
    assert ("denoised_psnr" in run.metrics) == (model.noise is not None)
    assert ("active_units" in run.metrics) == (model.posterior(batch.images).log_var is not None)


@every_variant
def test_the_stored_test_error_is_the_share_of_test_images_that_the_model_puts_into_a_wrong_class(run):
    test = float_digits("test")
    logits = run.model.classify(test.images)
    if logits is not None:
        wrong = (logits.argmax(1) != test.labels).float().mean()
        assert run.metrics["test_error"] == pytest.approx(wrong.item())


def test_the_stored_bound_is_its_mean_over_the_test_images_and_several_draws(finished_run, digits):
    run = finished_run("vae")
    draws = [
        run.model.negative_elbo(float_digits("test"), torch.Generator().manual_seed(seed))
        for seed in range(100, 130)
    ]
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
    expected = [1, 2] if is_trained(run.config.variant) else [1]
    assert [record["number"] for record in run.history] == expected
    assert all(set(record["train"]) == set(record["test"]) for record in run.history)


@every_variant
def test_training_and_measuring_it_twice_gives_the_same_run_to_the_bit(run, tmp_path, monkeypatch):
    monkeypatch.setattr(finalize, "SMALL", 0)  # as the run that it is held against
    again = runs.train_config(run.config, aecore.RunStore(tmp_path / "again")).stored
    assert again.metrics == run.metrics
    for one, other in ((again.arrays, run.stored.arrays), (again.weights, run.stored.weights)):
        assert {name: array.tobytes() for name, array in one.items()} == {
            name: array.tobytes() for name, array in other.items()
        }


# Runs of the first format


def as_format_1(run, root) -> aecore.RunStore:
    """A store with the run as the first version wrote it: no labels, networks, stages or later metrics."""
    import hashlib
    import shutil

    path = root / run.stored.run_id
    shutil.copytree(run.stored.path, path)
    manifest = json.loads((path / "manifest.json").read_text())
    history = [{name: record[name] for name in record if name != "stage"} for record in run.history]
    metrics = {name: run.metrics[name] for name in run.metrics if name in FIRST_METRICS}
    for name, values in (("history.json", history), ("metrics.json", metrics)):
        content = json.dumps(values).encode()
        (path / name).write_bytes(content)
        manifest["files"][name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    manifest = {name: manifest[name] for name in manifest if name not in ("labels", "networks")}
    (path / "manifest.json").write_text(json.dumps(manifest | {"format": 1}))
    return aecore.RunStore(root)


FIRST_METRICS = {"mse", "bce", "nats", "psnr", "mean_image_mse", "pca_mse", "knn_accuracy", "code_std"}
first = pytest.mark.parametrize("variant", ["ae", "vae", "aae"])


@first
def test_a_run_of_the_first_format_opens_and_draws_what_it_drew(run, tmp_path):
    old = aecore.open_run(run.stored.name, as_format_1(run, tmp_path / "old"))
    np.testing.assert_array_equal(old.codes, run.codes)
    np.testing.assert_array_equal(old.decode(old.codes), run.decode(run.codes))
    assert old.metrics["mse"] == run.metrics["mse"]


@first
def test_a_run_of_the_first_format_was_told_no_labels_and_describes_no_networks(run, tmp_path):
    (old,) = as_format_1(run, tmp_path / "old").listing().runs
    assert (old.manifest["labels"], old.manifest["networks"]) == ("", {})


# Classification on top


def test_classifying_from_a_run_beats_guessing_and_leaves_the_run_as_it_was(finished_run):
    run = finished_run("ae")
    before = {name: tensor.clone() for name, tensor in run.model.state_dict().items()}
    accuracy = runs.finetune_accuracy(run, "fine_tuned", epochs=60)
    assert accuracy > 0.5
    assert all(tensor.equal(before[name]) for name, tensor in run.model.state_dict().items())


def test_classifying_from_scratch_does_not_depend_on_what_the_run_has_learnt(finished_run):
    run = finished_run("ae")
    longer = aecore.train("ae", "digits", **quick("ae", epochs=9))
    found = [runs.finetune_accuracy(one, "from_scratch", epochs=1) for one in (run, longer)]
    assert found[0] == found[1]


def test_the_seed_decides_the_weights_that_classifying_from_scratch_starts_from(finished_run):
    told = {}
    for seed in (0, 1):
        losses = told[seed] = []
        runs.finetune_accuracy(
            finished_run("ae"),
            "from_scratch",
            epochs=1,
            seed=seed,
            on_epoch=lambda number, of, loss, losses=losses: losses.append(loss),
        )
    assert told[0] != told[1]


@every_variant
def test_a_run_whose_config_asks_for_wider_layers_than_its_weights_have_is_damaged(run):
    stored = run.stored
    config = dataclasses.replace(stored.config, latent_dim=1000)
    with pytest.raises(RunDamaged, match=r"its (weights|config)"):
        runs.Run(dataclasses.replace(stored, config=config)).model  # noqa: B018  building it is the test
