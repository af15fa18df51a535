"""Clusters of codes: those that lie together are found, always the same ones, and survive being kept."""

import numpy as np
import pytest

from aecore.analysis import clusters
from aecore.errors import BadValue
from aecore.storage import cache
from aecore.storage.settings import SHIPPED
from aecore.storage.store import RunStore

RNG = np.random.default_rng(0)
SIZES = (50, 30, 20)


def heaps() -> tuple[np.ndarray, np.ndarray]:
    """Three heaps of codes far apart, in no order, and which heap each is of."""
    own = RNG.permutation(np.repeat([1, 2, 0], SIZES))
    centres = np.array([[0, 0, 9], [9, 0, 0], [0, 9, 0]])
    return (centres[own] + RNG.normal(size=(len(own), 3))).astype(np.float32), own


def test_codes_that_lie_together_are_one_cluster_and_the_largest_comes_first():
    codes, own = heaps()
    found = clusters.kmeans(codes, 3)
    assert found.dtype == np.int16
    assert np.bincount(found).tolist() == list(SIZES)
    for k in range(3):
        assert len(np.unique(own[found == k])) == 1


def test_equal_codes_give_equal_clusters_whatever_was_drawn_before():
    codes = RNG.normal(size=(300, 4)).astype(np.float32)
    first = clusters.kmeans(codes, 7)
    np.random.seed(5)
    np.testing.assert_array_equal(clusters.kmeans(codes, 7), first)


def test_of_codes_that_are_all_alike_there_is_one_cluster():
    assert set(clusters.kmeans(np.zeros((40, 2), np.float32), 5)) == {0}


@pytest.mark.parametrize("count", [-1, 0, 1, 11, 51, 1000])
def test_so_many_clusters_as_there_cannot_be_are_refused(count):
    with pytest.raises(BadValue, match="2 to 10"):
        clusters.kmeans(RNG.normal(size=(10, 2)), count)


def test_what_was_computed_is_kept_by_its_count_and_not_taken_when_it_was_altered(tmp_path):
    run = next(run for run in RunStore(SHIPPED).listing().runs if run.name == "digits-vae-z2")
    store = RunStore(tmp_path)
    assert not clusters.is_any_kept(run, store)
    shares = []
    found = clusters.computed(run, 4, lambda share, note: shares.append(share), store)
    assert shares == sorted(shares)
    np.testing.assert_array_equal(clusters.kept(run, 4, store), found)
    assert clusters.kept(run, 5, store) is None
    assert clusters.is_any_kept(run, store)
    for wrong in (found[1:], found.astype(np.int32), found + np.int16(4), found - np.int16(1)):
        cache.write(run, clusters.KIND, clusters._settings(4), {"cluster": wrong}, store)
        assert clusters.kept(run, 4, store) is None
