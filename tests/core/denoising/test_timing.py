"""The share of the time that is over, where parts take unlike times."""

from types import SimpleNamespace

import pytest

from aecore.denoising import denoisers, models, timing, tuning
from aecore.denoising.denoisers import NOISY, RIDGE
from aecore.denoising.filters import FILTERS


@pytest.fixture
def now(monkeypatch):
    """A clock that is set by hand."""
    hand = [0.0]
    monkeypatch.setattr(timing, "time", SimpleNamespace(perf_counter=lambda: hand[0]))

    def go_on(seconds: float) -> None:
        hand[0] += seconds

    return go_on


def left(share: float, over: float) -> float:
    """The time left that a page works out from a share."""
    return over * (1 - share) / share


def test_a_pace_that_is_known_beforehand_counts_from_the_first_part_on(now):
    clock = timing.Clock([("quick", 1), ("slow", 10), ("slow", 10)])
    clock.give({"slow": 2.0})
    assert clock.begin(0) == 0.0
    now(1.0)
    assert left(clock.begin(1), 1.0) == pytest.approx(40)
    now(30.0)  # it is slower than it looked
    assert left(clock.begin(2), 31.0) == pytest.approx(30)


def test_a_group_of_unknown_pace_is_taken_to_be_like_the_others_of_which_none_is_known(now):
    clock = timing.Clock([("one", 1), ("one", 1), ("other", 1), ("slow", 5)])
    clock.give({"slow": 1.0})
    clock.begin(0)
    now(3.0)
    assert left(clock.begin(1), 3.0) == pytest.approx(3 + 3 + 5)


def test_what_is_kept_takes_no_time(now):
    clock = timing.Clock([("ridge", 1), ("median", 0), ("jpeg", 4)])
    clock.give({"median": 100.0, "jpeg": 0.5})
    now(1.0)
    assert left(clock.begin(1), 1.0) == pytest.approx(2)


@pytest.fixture
def nothing_read():
    """No search or ridge of another test in memory."""
    for cached in (tuning._search, tuning._ridge, tuning.maps):
        cached.cache_clear()
    yield
    for cached in (tuning._search, tuning._ridge, tuning.maps):
        cached.cache_clear()


class Paces:
    """Filters that take a set time for an image, and reports with the time at which they came."""

    def __init__(self, monkeypatch, seconds):
        self.told, self.now, plain = [], 0.0, tuning.filtered

        def filtered(name, images, value=None):
            self.now += 0.001 + seconds.get(name, 0.0) * len(images)
            return plain("jpeg", images, 50)

        for module in (tuning, denoisers, timing):
            monkeypatch.setattr(module, "filtered", filtered)
        monkeypatch.setattr(timing, "time", SimpleNamespace(perf_counter=lambda: self.now))

    def __call__(self, share: float, note: str) -> None:
        """The report of some work."""
        self.told.append((self.now, share, note))

    def furthest_off(self, above: float = 0.03) -> float:
        """How far the time left was off at worst, as a factor, while more than a second was left."""
        end, begin = self.now, self.told[0][0]
        errors = [
            max(left(share, at - begin) / (end - at), (end - at) / left(share, at - begin))
            for at, share, _ in self.told
            if share > above and end - at > 1
        ]
        assert errors
        return max(errors)


@pytest.mark.parametrize(
    "chosen", [[NOISY, RIDGE, "median", "total_variation"], ["total_variation", "median"]]
)
def test_the_time_left_of_a_curve_is_right_where_one_filter_takes_most_of_it(
    monkeypatch, chosen, nothing_read
):
    paces = Paces(monkeypatch, {"median": 0.0002, "total_variation": 0.002})
    models.curve("digits", "gaussian", (0.1, 0.3, 0.5), chosen, 30, paces)
    assert paces.furthest_off() < 1.5


def test_the_time_left_of_fitting_is_right_where_one_filter_takes_most_of_it(monkeypatch, nothing_read):
    paces = Paces(monkeypatch, {"median": 0.0002, "total_variation": 0.003})
    tuning.fit("digits", "gaussian", 0.25, ["median", "jpeg", "total_variation"], paces)
    assert paces.furthest_off() < 1.5


@pytest.mark.parametrize("name", ["median", "wavelet", "jpeg"])
def test_the_pace_of_a_filter_is_that_of_an_image(name):
    noisy = tuning.training_pair("digits", "gaussian", 0.5, 10)[1]
    assert name in FILTERS
    assert 0 < timing.filter_pace(name, noisy) < 1
