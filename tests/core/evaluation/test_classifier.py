"""Classification on top of a variant: from the latent code, on training images, tested once."""

import dataclasses

import numpy as np
import pytest
import torch
from torch import nn

from aecore import datasets
from aecore.datasets import Images
from aecore.errors import BadValue
from aecore.evaluation import classifier
from aecore.metrics.clustering import linear_probe
from aecore.models import build, inference, variants
from aecore.models.base import Batch
from tests.core.models.small_models import DIGITS, Case, digits, stored_digits, trained

pytestmark = pytest.mark.usefixtures("full_measurement")

TASKS = ["fine_tuned", "from_scratch"]
SETTINGS = {"hidden": (64, 32), "latent_dim": 4, "learning_rate": 1e-2}
every_variant = pytest.mark.parametrize("name", variants.names())


def images(split: str, count: int | None = None) -> Images:
    whole = datasets.load_images("digits", split)
    return dataclasses.replace(whole, pixels=whole.pixels[:count], labels=whole.labels[:count])


def accuracy(
    task: str, model, latent_dim: int = 2, fresh=None, test: Images | None = None, **settings
) -> float:
    settings = {"epochs": 1} | settings
    fresh = fresh or Case("ae", latent_dim=latent_dim).untrained
    test = test or images("test")
    return classifier.finetune_accuracy(task, model, fresh, latent_dim, images("train"), test, **settings)


@pytest.fixture(scope="module")
def learnt():
    """An autoencoder that knows the digits, and how to build it anew."""
    config = variants.configure("ae", "digits", **SETTINGS)
    return trained("ae", 30, **SETTINGS).model, lambda: build.build_model(config, DIGITS)


# What it reaches


@pytest.fixture(scope="module")
def reached(learnt):
    """Test accuracy of both tasks."""
    model, fresh = learnt
    return {task: accuracy(task, model, 4, fresh, epochs=60) for task in TASKS}


def test_fine_tuning_beats_a_linear_probe_on_the_frozen_code(learnt, reached):
    model, _ = learnt
    with torch.no_grad():
        codes = {split: model.posterior(digits(split).images).mean.numpy() for split in ("train", "test")}
    labels = {split: digits(split).labels.numpy() for split in codes}
    probe = linear_probe(codes["train"], labels["train"], codes["test"], labels["test"])
    assert reached["fine_tuned"] > probe + 0.05


@pytest.mark.parametrize("task", TASKS)
def test_both_tasks_are_far_better_than_guessing(reached, task):
    assert reached[task] > 0.8


# The protocol


@every_variant
@pytest.mark.parametrize("task", TASKS)
def test_every_variant_can_be_classified_from_and_is_left_as_it_was(name, task):
    model = Case(name).build().eval()
    before = {key: tensor.clone() for key, tensor in model.state_dict().items()}
    flags = [parameter.requires_grad for parameter in model.parameters()]
    found = accuracy(task, model, fresh=Case(name).untrained)
    assert 0 <= found <= 1
    assert all(tensor.equal(before[key]) for key, tensor in model.state_dict().items())
    assert [parameter.requires_grad for parameter in model.parameters()] == flags
    assert not model.training


def test_from_scratch_knows_nothing_of_the_model():
    one, other = (Case("ae").untrained(seed=seed) for seed in (1, 2))
    assert accuracy("from_scratch", one) == accuracy("from_scratch", other)


def told(task: str, model, test: Images | None = None, seed: int = 0) -> list[tuple[int, int, float]]:
    """Numbers of the epochs, how many there are, and their training losses."""
    records = []
    accuracy(task, model, test=test, seed=seed, epochs=2, on_epoch=lambda *record: records.append(record))
    return records


@pytest.mark.parametrize("task", TASKS)
def test_test_images_are_never_trained_on(task):
    model, test = Case("ae").untrained(), images("test")
    other = Images(255 - test.pixels, 9 - test.labels, test.classes)
    assert told(task, model, test) == told(task, model, other)


def test_each_epoch_is_told_with_its_mean_loss_which_falls():
    (first, of, before), (second, _, after) = told("fine_tuned", Case("ae").untrained())
    assert (first, second, of) == (1, 2, 2)
    assert np.log(10) + 0.2 > before > after > 0


def test_the_same_seed_gives_the_same_and_another_does_not():
    model = Case("ae").untrained()
    assert told("fine_tuned", model) == told("fine_tuned", model) != told("fine_tuned", model, seed=1)


def test_random_states_are_left_alone():
    before = torch.get_rng_state()
    told("from_scratch", Case("ae").untrained())
    assert torch.get_rng_state().equal(before)


@pytest.mark.parametrize("task", ["linear_probe", "", None, "fine-tuned"])
def test_an_unknown_task_is_refused_with_the_known_ones(task):
    with pytest.raises(BadValue) as caught:
        accuracy(task, Case("ae").untrained())
    assert str(caught.value) == f"task cannot be {task!r}: it must be fine_tuned or from_scratch."


# The classifier


def test_the_classifier_reads_the_latent_code_and_nothing_behind_it():
    model = Case("vae").untrained()
    network = classifier.CodeClassifier(model, 2)
    batch = Case("vae").batch()
    expected = network.head(model.posterior(batch.images).mean)
    torch.testing.assert_close(network(batch.images), expected)
    assert (network.head.in_features, network.head.out_features) == (2, 10)
    gradients = torch.autograd.grad(
        network(batch.images).sum(), list(model.decoder.parameters()), allow_unused=True
    )
    assert not any(gradient is not None for gradient in gradients)


def test_a_code_that_nothing_was_trained_for_is_fine_tuned_all_the_same():
    network = classifier.CodeClassifier(Case("pca").build(), 2)
    before = network.model.encoder[1].weight.clone()
    classifier.fit(network, Batch(*(part[:200] for part in stored_digits("train"))), 1, 0)
    assert not network.model.encoder[1].weight.equal(before)


def test_the_error_is_the_share_of_images_in_a_wrong_class():
    class Told(nn.Module):
        """Says class 3 whatever it sees."""

        def forward(self, pixels):
            """Log-odds."""
            return nn.functional.one_hot(torch.full((len(pixels),), 3), 10).float()

    labels = torch.tensor([3, 3, 1, 2, 3])
    batch = Batch(torch.zeros(5, 1, 8, 8, dtype=torch.uint8), labels)
    assert classifier.error(Told(), batch) == pytest.approx(2 / 5)


def test_the_last_batch_weighs_by_its_images(monkeypatch):
    monkeypatch.setattr(inference, "EVALUATION_BATCH", 4)
    labels = torch.tensor([0] * 4 + [1])
    batch = Batch(torch.zeros(5, 1, 8, 8, dtype=torch.uint8), labels)

    class Zero(nn.Module):
        """Says class 0."""

        def forward(self, pixels):
            """Log-odds."""
            return torch.tensor([[1.0, 0.0]]).expand(len(pixels), 2)

    assert classifier.error(Zero(), batch) == pytest.approx(1 / 5)


def test_probabilities_are_those_of_a_softmax_over_classes_and_none_which_is_left_out(monkeypatch):
    monkeypatch.setattr(inference, "EVALUATION_BATCH", 4)
    network = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    pixels = torch.rand(9, 1, 8, 8)
    found = classifier.probabilities(network, pixels)
    torch.testing.assert_close(found, network(pixels).softmax(1)[:, :-1].detach())


# The judge of what is drawn


def test_the_judge_knows_the_test_digits_and_is_trained_once(monkeypatch):
    judge = classifier.judge(images("train"), torch.device("cpu"))
    test = stored_digits("test")
    seen = classifier.probabilities(judge, test.images.float() / 255).argmax(1)
    assert (seen != test.labels).float().mean() < 0.05
    monkeypatch.setattr(classifier, "fit", None)  # a second time there is nothing to train
    assert classifier.judge(images("train"), torch.device("cpu")) is judge


def test_other_images_have_a_judge_of_their_own(monkeypatch):
    monkeypatch.setattr(classifier, "JUDGE_STEPS", 20)
    few = Images(images("train", 60).pixels, images("train", 60).labels, images("train").classes)
    assert classifier.judge(few, torch.device("cpu")) is not classifier.judge(
        images("train"), torch.device("cpu")
    )


def test_a_small_data_set_is_passed_over_more_often():
    assert classifier.default_epochs(60_000) == 15
    assert classifier.default_epochs(1198) * 1198 / 128 >= 1500
