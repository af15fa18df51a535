"""PCA: scikit-learn's, through the interface of an autoencoder."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from aecore.errors import BadValue
from aecore.models.base import Batch
from aecore.models.variants import pca
from tests.core.models.small_models import Case, digits, drawn, stored_digits, trained


def rows(split: str) -> np.ndarray:
    """The images of a split as rows of pixels."""
    return digits(split).images.flatten(1).numpy()


@pytest.fixture(params=[1, 2, 10, 64], ids=lambda z: f"z{z}")
def fitted(request):
    """PCA of a latent dimension, and scikit-learn's."""
    oracle = PCA(request.param, svd_solver="full").fit(rows("train").astype(np.float64))
    return trained("pca", 1, latent_dim=request.param).model, oracle


def unclipped(model, images: torch.Tensor) -> np.ndarray:
    return model.decoder(model.encoder(images)).flatten(1).numpy()


def test_held_out_images_are_projected_as_by_scikit_learn(fitted):
    model, oracle = fitted
    expected = oracle.inverse_transform(oracle.transform(rows("test")))
    np.testing.assert_allclose(unclipped(model, digits("test").images), expected, atol=1e-4)


def test_what_is_drawn_is_that_projection_clipped_to_pixels(fitted):
    model, oracle = fitted
    expected = oracle.inverse_transform(oracle.transform(rows("test"))).clip(0, 1)
    found = drawn(model, digits("test")).flatten(1).numpy()
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_the_code_is_scikit_learns_up_to_the_sign_of_each_axis(fitted):
    model, oracle = fitted
    found, expected = model.posterior(digits("test").images).mean.numpy(), oracle.transform(rows("test"))
    variance = oracle.explained_variance_
    distinct = variance > 1e-3 * variance[0]  # pixels that never vary leave axes that nothing decides
    signs = np.sign((found * expected).sum(0))
    np.testing.assert_allclose((found * signs)[:, distinct], expected[:, distinct], atol=1e-3)


def test_the_codes_of_the_training_images_have_the_variances_that_scikit_learn_explains(fitted):
    model, oracle = fitted
    codes = model.posterior(digits("train").images).mean.numpy()
    np.testing.assert_allclose(codes.var(0, ddof=1), oracle.explained_variance_, rtol=1e-3, atol=1e-5)


def test_the_axes_are_orthonormal_and_the_decoder_is_the_encoders_transpose(fitted):
    model, _ = fitted
    inwards, outwards = model.encoder[1].weight, model.decoder[0].weight
    torch.testing.assert_close(inwards @ inwards.T, torch.eye(len(inwards)), atol=1e-5, rtol=0)
    assert outwards.equal(inwards.T)


def test_a_code_as_wide_as_the_image_loses_nothing():
    model = trained("pca", 1, latent_dim=64).model
    torch.testing.assert_close(drawn(model, digits("test")), digits("test").images, atol=1e-5, rtol=0)


def test_a_code_wider_than_the_image_is_refused():
    with pytest.raises(BadValue) as caught:
        Case("pca", latent_dim=65).untrained()
    assert str(caught.value) == "latent_dim cannot be 65: it must be at most 64, the pixels of an image."


def test_fewer_images_than_dimensions_are_learnt_by_heart():
    case = Case("pca", latent_dim=20)
    few = Batch(*(part[:7] for part in stored_digits("train")))
    model = case.untrained()
    model.prepare(few, torch.Generator())
    images = few.images / 255
    torch.testing.assert_close(drawn(model, Batch(images, few.labels)), images, atol=1e-5, rtol=0)


def test_the_reported_term_is_half_the_squared_error_per_image(fitted):
    model, oracle = fitted
    lost = rows("test") - oracle.inverse_transform(oracle.transform(rows("test")))
    terms = model.losses(digits("test"), torch.Generator(), 1.0).terms
    assert terms["reconstruction"].item() == pytest.approx(0.5 * np.square(lost).sum(1).mean(), abs=1e-4)


@pytest.mark.parametrize("latent_dim", [1, 2, 5])
def test_no_linear_autoencoder_of_the_same_size_loses_less_on_the_images_it_was_trained_on(latent_dim):
    floor = trained("pca", 1, latent_dim=latent_dim).epochs[0].train["reconstruction"]
    settings = {"hidden": (), "loss": "mse", "output": "linear", "batch_size": 600, "learning_rate": 0.1}
    model = trained("ae", 60, latent_dim=latent_dim, **settings).model
    assert model.losses(digits("train"), torch.Generator(), 1.0).terms["reconstruction"] > floor


def test_the_sign_of_an_axis_does_not_depend_on_the_order_of_the_images():
    train = stored_digits("train")
    one, other = (Case("pca").untrained() for _ in range(2))
    one.prepare(train, torch.Generator())
    other.prepare(Batch(train.images.flip(0), train.labels.flip(0)), torch.Generator())
    torch.testing.assert_close(one.encoder[1].weight, other.encoder[1].weight, atol=1e-5, rtol=0)


@pytest.mark.parametrize("latent_dim", [2, 39])
def test_of_fewer_images_than_pixels_the_axes_are_scikit_learns_too(latent_dim):
    few = Batch(*(part[:40] for part in stored_digits("train")))  # of 64 pixels
    model = Case("pca", latent_dim=latent_dim).untrained()
    model.prepare(few, torch.Generator())
    oracle = PCA(latent_dim, svd_solver="full").fit(few.images.flatten(1).double().numpy() / 255)
    expected = oracle.inverse_transform(oracle.transform(rows("test")))
    np.testing.assert_allclose(unclipped(model, digits("test").images), expected, atol=1e-4)
    inwards = model.encoder[1].weight
    torch.testing.assert_close(inwards @ inwards.T, torch.eye(latent_dim), atol=1e-5, rtol=0)


@pytest.mark.parametrize("latent_dim", [1, 5, 39])
@pytest.mark.parametrize("count", [40, 300])
def test_of_large_images_the_leading_axes_alone_are_scikit_learns(monkeypatch, latent_dim, count):
    monkeypatch.setattr(pca, "MOST_AXES", 39)  # the digits have 64 pixels
    monkeypatch.setattr(pca, "BATCH_NUMBERS", 64 * 70)
    monkeypatch.setattr(torch.linalg, "svd", None)
    some = Batch(*(part[:count] for part in stored_digits("train")))
    model = Case("pca", latent_dim=latent_dim).untrained()
    model.prepare(some, torch.Generator())
    oracle = PCA(latent_dim, svd_solver="full").fit(some.images.flatten(1).double().numpy() / 255)
    expected = oracle.inverse_transform(oracle.transform(rows("test")))
    np.testing.assert_allclose(unclipped(model, digits("test").images), expected, atol=1e-4)


@pytest.mark.parametrize("distinct", [1, 2])
def test_of_large_images_that_span_less_than_the_code_the_axes_are_still_orthonormal(monkeypatch, distinct):
    monkeypatch.setattr(pca, "MOST_AXES", 39)
    train = stored_digits("train")
    chosen = torch.arange(50) % distinct
    model = Case("pca", latent_dim=5).untrained()
    model.prepare(Batch(train.images[chosen], train.labels[chosen]), torch.Generator())
    inwards = model.encoder[1].weight
    torch.testing.assert_close(inwards @ inwards.T, torch.eye(5), atol=1e-5, rtol=0)
    images = digits("train").images[:distinct]
    np.testing.assert_allclose(unclipped(model, images), images.flatten(1).numpy(), atol=1e-5)
