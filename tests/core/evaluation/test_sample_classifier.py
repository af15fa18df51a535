"""The judge of a data set: trained once, kept, and told apart from a guess."""

import time

import numpy as np
import pytest

from aecore import datasets
from aecore.errors import ImagesNeeded, WrongShape
from aecore.evaluation import classifier, sample_classifier
from aecore.metrics.decoded_prior import recognised
from aecore.storage import settings
from aecore.storage.settings import SHIPPED
from aecore.storage.store import RunStore

pytestmark = pytest.mark.usefixtures("full_measurement")


@pytest.fixture(scope="module")
def kept(tmp_path_factory, full_measurement):
    """A folder in which the judge of the digits is kept."""
    folder = tmp_path_factory.mktemp("judge")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AECORE_RUNS", str(folder))
        patch.setattr(settings, "SHIPPED", folder / "shipped")  # its judge would be taken, and nothing kept
        sample_classifier.judge("digits")
    return folder


@pytest.fixture
def in_kept(kept, monkeypatch):
    """Runs are looked for where the judge is kept."""
    monkeypatch.setenv("AECORE_RUNS", str(kept))


def test_the_judge_knows_the_digits(in_kept):
    test = datasets.load_images("digits", "test")
    found = sample_classifier.probabilities("digits", test.pixels / 255)
    assert ((found >= 0).all(1) & (found.sum(1) <= 1 + 1e-5)).all()
    assert (found.argmax(1) == test.labels).mean() > 0.93


def share(images: np.ndarray) -> float:
    """Of the digits that are recognised."""
    return float(recognised(sample_classifier.probabilities("digits", images)).mean())


def test_the_judge_recognises_real_digits_and_nothing_in_noise_in_what_is_shuffled_or_never_was_a_digit(
    in_kept,
):
    digits = datasets.load_images("digits", "test").pixels / 255
    random = np.random.default_rng(0)
    order = np.argsort(random.random((len(digits), 64)), axis=1)
    shuffled = np.take_along_axis(digits.reshape(-1, 64), order, 1).reshape(digits.shape)
    assert share(digits) > 0.85
    assert share(random.random(digits.shape)) < 0.01
    assert share(shuffled) < 0.01
    assert share(1 - digits) < 0.01  # which it was never shown
    assert share(np.full_like(digits[:1], 0.5)) == share(np.zeros_like(digits[:1])) == 0


def test_the_judge_recognises_few_blends_of_two_classes(in_kept):
    test = datasets.load_images("digits", "test")
    others = np.random.default_rng(1).permutation(len(test.labels))
    digits, differ = test.pixels / 255, test.labels != test.labels[others]
    assert share(((digits + digits[others]) / 2)[differ]) < 0.1


def test_a_judge_of_before_it_could_reject_is_not_taken(tmp_path, monkeypatch):
    from aecore.storage import cache

    monkeypatch.setenv("AECORE_RUNS", str(tmp_path))
    former = {name: value for name, value in sample_classifier.settings().items() if name != "non_images"}
    cache.write("digits", sample_classifier.KIND, former, {"1.weight": np.zeros((256, 64), np.float32)})
    assert not sample_classifier.is_kept("digits")


def test_a_kept_judge_is_not_trained_again_and_opens_at_once(in_kept, monkeypatch):
    monkeypatch.setattr(classifier, "fit", None)
    monkeypatch.setattr(datasets, "load_images", None)
    started = time.process_time()  # by the clock a busy machine would fail
    sample_classifier.judge("digits", lambda share, note: pytest.fail("it was trained again"))
    assert time.process_time() - started < 0.5


def test_a_kept_judge_needs_no_images(in_kept, monkeypatch):
    monkeypatch.setattr(datasets, "is_present", lambda name, split: False)
    assert sample_classifier.probabilities("digits", np.zeros((2, 8, 8, 1))).shape == (2, 10)


def test_a_kept_judge_is_the_one_that_was_trained(in_kept):
    import torch

    train = datasets.load_images("digits", "train")
    trained, opened = (
        classifier.train_judge(train, torch.device("cpu"), classifier.JUDGE_STEPS),
        sample_classifier.judge("digits").cpu(),
    )
    for ours, theirs in zip(trained.parameters(), opened.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs)


def test_the_judge_tells_how_far_its_training_is(monkeypatch):
    monkeypatch.setattr(classifier, "JUDGE_STEPS", 40)
    said = []
    sample_classifier.judge("digits", lambda share, note: said.append((share, note)))
    shares = [share for share, _ in said]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 1)
    assert said[0][1] == "training the classifier that judges images"
    assert sample_classifier.is_kept("digits")


def test_a_judge_without_images_says_what_to_do(monkeypatch):
    monkeypatch.setattr(datasets, "is_present", lambda name, split: False)
    assert not sample_classifier.is_kept("digits")
    with pytest.raises(
        ImagesNeeded,
        match=r"training images, which are not on this machine\. Download them on the Train page",
    ):
        sample_classifier.judge("digits")


def test_images_of_another_size_are_refused(in_kept):
    with pytest.raises(WrongShape, match="images to judge have shape"):
        sample_classifier.probabilities("digits", np.zeros((2, 28, 28, 1)))


def test_no_images_have_no_probabilities(in_kept):
    assert sample_classifier.probabilities("digits", np.zeros((0, 8, 8, 1))).shape == (0, 10)


@pytest.mark.parametrize("dataset", ["digits", "mnist", "fashion_mnist"])
def test_the_shipped_judge_is_the_one_that_measured_the_shipped_runs(dataset):
    shipped = RunStore(SHIPPED)
    assert sample_classifier.is_kept(dataset, shipped)
    if not datasets.is_present(dataset, "test"):
        pytest.skip("the test images are not on this machine")
    images = datasets.load_images(dataset, "test").pixels.astype(np.float32) / 255
    found = recognised(sample_classifier.probabilities(dataset, images, store=shipped)).mean()
    stored = [
        run.metrics["real_recognised"] for run in shipped.listing().runs if run.config.dataset == dataset
    ]
    assert stored == [found] * len(stored)
