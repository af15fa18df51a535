"""Floors and judge: worked out once for a data set, kept, and never taken for those of other images."""

import dataclasses

import numpy as np
import pytest
import torch

from aecore import datasets
from aecore.errors import StoreNotWritable
from aecore.evaluation import baselines, classifier, evaluation, sample_classifier
from aecore.models import build, inference, variants
from aecore.storage import cache
from aecore.storage.store import RunStore
from tests.conftest import FULL_STEPS

CPU = torch.device("cpu")
CONFIG = variants.configure("ae", "digits", latent_dim=3, hidden=(16,), epochs=1)


@pytest.fixture(scope="module")
def images():
    return [datasets.load_images("digits", split) for split in ("train", "test")]


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "store")


@pytest.fixture
def no_work(monkeypatch):
    """Let whoever works something out fail."""

    def refuse(*given: object, **named: object) -> None:
        raise AssertionError("it is kept")

    def forbid() -> None:
        baselines._floors.cache_clear()
        classifier._judge.cache_clear()
        monkeypatch.setattr(baselines, "floors", refuse)
        monkeypatch.setattr(classifier, "fit", refuse)

    return forbid


def numbers(judge: torch.nn.Module) -> list[np.ndarray]:
    return [tensor.numpy() for tensor in judge.state_dict().values()]


def test_what_is_kept_is_what_was_worked_out(images, store):
    fresh = baselines.worked_out(*images, 3, CPU)
    for _ in range(2):  # written, then read
        kept = baselines.kept(CONFIG, *images, store)
        assert kept.floors == fresh.floors
        for one, other in zip(numbers(kept.judge), numbers(fresh.judge), strict=True):
            np.testing.assert_array_equal(one, other)


def test_the_second_time_nothing_is_worked_out(images, store, no_work):
    first = baselines.kept(CONFIG, *images, store)
    no_work()
    assert baselines.kept(CONFIG, *images, store).floors == first.floors
    with pytest.raises(AssertionError, match="it is kept"):
        baselines.kept(dataclasses.replace(CONFIG, latent_dim=2), *images, store)  # PCA with other numbers


@pytest.mark.parametrize("changed", ["pixels", "labels"])
def test_those_of_other_images_are_not_taken(images, store, changed):
    train, test = images
    before = baselines.kept(CONFIG, train, test, store)
    array = getattr(train, changed).copy()
    other = dataclasses.replace(train, **{changed: 16 - array if changed == "pixels" else (array + 1) % 10})
    after = baselines.kept(CONFIG, other, test, store)
    assert after.floors != before.floors
    probes = torch.tensor(test.pixels[:50]).permute(0, 3, 1, 2) / 255
    with torch.no_grad():
        assert not torch.equal(before.judge(probes), after.judge(probes))
    again = baselines.kept(CONFIG, train, test, store)  # and the other way round
    assert again.floors == before.floors
    np.testing.assert_array_equal(numbers(again.judge)[0], numbers(before.judge)[0])


def test_a_judge_of_unknown_images_is_good_for_drawings_alone(images, store, monkeypatch):
    monkeypatch.setattr(classifier, "JUDGE_STEPS", FULL_STEPS[classifier][1])
    weights = {
        name: tensor.numpy() for name, tensor in classifier.untrained_judge(64, 10).state_dict().items()
    }
    cache.write(
        "digits", sample_classifier.KIND, sample_classifier.settings(), weights, store
    )  # as it was kept before checksums
    for one, other in zip(
        numbers(sample_classifier.judge("digits", store=store)), weights.values(), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    judged = sample_classifier.judge("digits", store=store, train=images[0])
    assert classifier.error(judged, inference.on_device(images[1], CPU)) < 0.1


def test_a_disk_that_refuses_costs_no_more(images, store, monkeypatch):
    def refuse(*given: object) -> None:
        raise StoreNotWritable(store.root, "Read-only file system")

    monkeypatch.setattr(cache, "write", refuse)
    kept, fresh = baselines.kept(CONFIG, *images, store), baselines.worked_out(*images, 3, CPU)
    assert kept.floors == fresh.floors
    np.testing.assert_array_equal(numbers(kept.judge)[0], numbers(fresh.judge)[0])


def test_a_run_has_the_same_numbers_with_them_as_without(images, store):
    model = build.build_model(CONFIG, images[1].pixels.shape[1:])
    model.prepare(inference.on_device(images[0], CPU), torch.Generator().manual_seed(0))
    plain = evaluation.evaluate(model, *images).metrics
    for _ in range(2):
        kept = baselines.kept(CONFIG, *images, store)
        assert evaluation.evaluate(model, *images, None, kept).metrics == plain
    assert plain.keys() >= {"pca_mse", "pca_knn_accuracy", "decoded_recognised"}
