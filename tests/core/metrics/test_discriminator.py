"""What a discriminator's loss can mean at best."""

import math

import pytest

from aecore.metrics.discriminator import best_accuracy, disagreement


@pytest.mark.parametrize("error", [0.01, 0.1, 0.3, 0.49])
def test_a_discriminator_at_the_entropy_of_its_error_is_the_best_there_is(error):
    loss = -2 * (error * math.log(error) + (1 - error) * math.log(1 - error))
    assert best_accuracy(loss) == pytest.approx(1 - error)


def test_a_discriminator_that_guesses_or_does_worse_is_at_a_half_and_one_without_loss_at_one():
    assert best_accuracy(2 * math.log(2)) == pytest.approx(0.5, abs=1e-6)
    assert best_accuracy(5.0) == pytest.approx(0.5, abs=1e-6)
    assert best_accuracy(0.0) == pytest.approx(1)


def test_a_loss_that_a_fresh_classifier_contradicts_is_called_misleading():
    wide = {"discriminator_loss": 1.333, "two_sample_accuracy": 0.999}  # Fashion-MNIST's AAE with z = 32
    assert disagreement(wide, "discriminator_loss") == (
        "Misleading here: the best discriminator of this loss is right 61% of the time, and one trained "
        "afresh 99.9%. The codes do not follow the prior."
    )
    honest = {"discriminator_loss": 1.332, "two_sample_accuracy": 0.566}  # MNIST's with z = 2
    assert not disagreement(honest, "discriminator_loss")
    assert not disagreement({"discriminator_loss": 1.333}, "discriminator_loss")
    assert not disagreement(wide, "mse")


def test_what_chance_explains_is_no_disagreement():
    near = {"discriminator_loss": 2 * math.log(2), "two_sample_accuracy": 0.51}
    assert disagreement(near, "discriminator_loss")
    assert not disagreement(near | {"two_sample_accuracy_null_sd": 0.01}, "discriminator_loss")
