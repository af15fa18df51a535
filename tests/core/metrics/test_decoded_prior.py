"""What counts as recognised, and how far classes are off."""

import numpy as np
import pytest

from aecore.metrics import measure
from aecore.metrics.decoded_prior import class_variation, recognised
from tests.core.metrics.contexts import ArrayContext, normal


def test_an_image_is_recognised_if_a_class_is_likelier_than_none_and_one_class_is_nine_tenths_of_all():
    probabilities = [[0.95, 0.05], [0.9, 0.1], [0.5, 0.01], [0.4, 0.01], [0.3, 0.3], [0.0, 1.0], [0.0, 0.0]]
    assert recognised(np.array(probabilities)).tolist() == [True, False, True, False, False, True, False]


def test_the_share_recognised_is_the_mean():
    probabilities = np.array([[0.95, 0.05], [0.9, 0.1], [0.2, 0.0], [0.0, 1.0]])
    context = ArrayContext(normal(4, 2), has={"labels", "decoder"}, labels=np.array([0, 1, 0, 1]))
    context.judged = lambda images: probabilities
    assert measure(context, ["decoded_recognised"]) == {"decoded_recognised": 0.5}


def test_decoded_classes_are_off_by_the_share_that_would_have_to_change():
    probabilities = np.eye(3)[[0, 0, 0, 1]]
    labels = np.array([0, 1, 2, 2], np.uint8)
    assert class_variation(probabilities, labels) == pytest.approx(0.5)
    assert class_variation(probabilities, np.array([0, 0, 0, 1])) == 0
