"""Votes, probes and neighbourhoods, against scikit-learn and a count by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from aecore.metrics.clustering import (
    continuity,
    knn_accuracy,
    linear_probe,
    neighbourhoods,
    trustworthiness,
)
from tests.core.metrics.contexts import normal


def vote(train, train_labels, codes, labels) -> float:
    """The share of right answers by counting the 15 nearest by hand."""
    right = 0
    for code, label in zip(codes, labels, strict=True):
        nearest = sorted(range(len(train)), key=lambda i: ((train[i] - code) ** 2).sum())[:15]
        counts = np.bincount(train_labels[nearest])
        right += counts.argmax() == label
    return right / len(codes)


def test_knn_accuracy_is_a_vote_of_the_15_nearest_counted_by_hand():
    train, codes = normal(80, 2), normal(40, 2, seed=1)
    train_labels, labels = (points[:, 0] > 0.2 for points in (train, codes))
    train_labels, labels = train_labels.astype(int), (labels ^ (codes[:, 1] > 1)).astype(int)
    expected = vote(train, train_labels, codes, labels)
    assert 0.5 < expected < 1
    assert knn_accuracy(train, train_labels, codes, labels) == pytest.approx(expected)


def test_fifteen_vote_not_fourteen_nor_sixteen():
    # 7 of class 0 nearest, then 8 of class 1, then many of class 0: only 15 votes elect class 1
    train = np.arange(40, dtype=float)[:, None]
    labels = np.array([0] * 7 + [1] * 8 + [0] * 25)
    assert knn_accuracy(train, labels, np.array([[-1.0]]), np.array([1])) == 1


def test_classes_that_lie_apart_are_all_told_apart():
    labels = np.repeat([0, 1, 2], 20)
    train = normal(60, 2) + 100 * labels[:, None]
    assert knn_accuracy(train, labels, train + 0.01, labels) == 1


def test_the_linear_probe_finds_the_classes_that_a_straight_cut_tells_apart():
    train, codes = normal(300, 2), normal(200, 2, seed=1)
    found = linear_probe(train, (train @ [3, 1] > 0).astype(int), codes, (codes @ [3, 1] > 0).astype(int))
    assert found > 0.93


def test_the_linear_probe_does_not_find_a_ring_round_a_class_where_a_vote_does():
    train, codes = normal(600, 2), normal(300, 2, seed=1)
    train_labels, labels = (np.linalg.norm(points, axis=1) > 1.18 for points in (train, codes))
    assert linear_probe(train, train_labels, codes, labels) < 0.65
    assert knn_accuracy(train, train_labels, codes, labels) > 0.9


def test_the_linear_probe_is_scikit_learns_on_codes_standardised_by_the_training_codes():
    from sklearn.linear_model import LogisticRegression

    train, codes = normal(300, 3) * [1, 100, 0.01] + 5, normal(200, 3, seed=1) * [1, 100, 0.01] + 5.2
    train_labels, labels = ((points @ [1, 0.01, 100]).round().astype(int) % 3 for points in (train, codes))
    middle, spread = train.mean(0), train.std(0)
    probe = LogisticRegression(max_iter=1000).fit((train - middle) / spread, train_labels)
    expected = probe.score((codes - middle) / spread, labels)
    assert linear_probe(train, train_labels, codes, labels) == pytest.approx(expected, abs=0.006)


def test_the_linear_probe_is_the_same_each_time_and_survives_a_dead_unit():
    train, codes = normal(200, 3), normal(100, 3, seed=1)
    train[:, 1] = codes[:, 1] = 0
    given_ = (train, np.arange(200) % 4, codes, np.arange(100) % 4)
    assert linear_probe(*given_) == linear_probe(*given_)


def test_a_probe_that_knows_one_class_only_answers_with_it():
    assert linear_probe(normal(20, 2), np.full(20, 3), normal(4, 2), np.array([3, 3, 1, 3])) == 0.75


@pytest.mark.parametrize(("dimensions", "k"), [(1, 3), (2, 15), (5, 1), (70, 15)])
def test_trustworthiness_is_scikit_learns_own_and_continuity_the_same_with_the_spaces_exchanged(
    dimensions, k
):
    from sklearn import manifold

    space = normal(90, 100)
    codes = space[:, :dimensions] + 0.3 * normal(90, dimensions, seed=1)
    found = neighbourhoods(space, codes, k)
    assert found.trustworthiness == pytest.approx(manifold.trustworthiness(space, codes, n_neighbors=k))
    assert found.continuity == pytest.approx(manifold.trustworthiness(codes, space, n_neighbors=k))


def test_either_of_the_two_can_be_had_alone():
    space, codes = normal(60, 8), normal(60, 2, seed=1)
    assert (trustworthiness(space, codes), continuity(space, codes)) == neighbourhoods(space, codes)


def test_neighbourhoods_in_blocks_are_neighbourhoods_at_once(monkeypatch):
    space, codes = normal(90, 20), normal(90, 20)[:, :2]
    at_once = neighbourhoods(space, codes)
    monkeypatch.setattr("aecore.metrics._distances.BLOCK", 7 * 90)
    assert tuple(neighbourhoods(space, codes)) == pytest.approx(tuple(at_once))


@given(st.floats(1e-3, 1e3), st.floats(-100, 100))
def test_a_map_that_only_moves_and_scales_keeps_every_neighbourhood(scale, shift):
    assert tuple(neighbourhoods(normal(40, 3), scale * normal(40, 3) + shift)) == pytest.approx((1, 1))


@given(arrays(np.float64, (12, 2), elements=st.integers(0, 2)), arrays(np.float64, (12, 1)))
def test_neighbourhoods_stay_between_0_and_1_whatever_coincides(space, codes):
    found = neighbourhoods(space, np.clip(np.nan_to_num(codes), -1, 1), 4)
    assert all(-1e-9 <= value <= 1 + 1e-9 for value in found)


def test_codes_that_have_all_fallen_together_are_worth_as_much_as_random_ones():
    space = normal(400, 5)
    for codes in (normal(400, 2, seed=1), np.zeros((400, 2))):
        assert tuple(neighbourhoods(space, codes)) == pytest.approx((0.5, 0.5), abs=0.05)


@pytest.mark.parametrize("count", [3, 10, 20])
def test_few_points_make_do_with_fewer_neighbours(count):
    assert tuple(neighbourhoods(normal(count, 3), normal(count, 3))) == pytest.approx((1, 1))
