"""Directions: one place says which way of a number is better, and it knows what a variant's code is for."""

import pytest

from aecore.evaluation import directions
from aecore.metrics import catalog
from aecore.models import cards, variants

FREE = {"conditional_vae", "supervised_aae", "semi_supervised_aae"}


@pytest.mark.parametrize("variant", variants.names())
def test_the_class_is_better_told_from_the_code_unless_the_decoder_is_given_it(variant):
    for name in directions.CLASS_NUMBERS:
        assert directions.better(name, variant) == ("lower" if variant in FREE else "higher")
        assert directions.arrow(name, variant) == (" ↓" if variant in FREE else " ↑")


@pytest.mark.parametrize("variant", variants.names())
def test_a_variant_whose_decoder_is_given_the_class_says_so(variant):
    assert cards.is_class_free(variant) == variants.module(variant).Variant.is_conditional


def test_every_other_number_has_one_direction_for_all():
    for name in set(catalog()) - set(directions.CLASS_NUMBERS):
        assert {directions.better(name, variant) for variant in FREE} == {catalog()[name].better}


def test_a_variant_that_is_no_longer_there_has_the_usual_direction():
    assert directions.better("knn_accuracy", "gone") == "higher"


def test_every_direction_is_worded():
    assert {meaning.better for meaning in catalog().values()} <= set(directions.WORDS)
