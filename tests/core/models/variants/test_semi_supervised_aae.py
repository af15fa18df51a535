"""The semi-supervised adversarial autoencoder: few labels, chosen fairly, and worth more than alone."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from aecore.models.base import Batch
from tests.core.models.small_models import Case, digits, measured, stored_digits, trained

NAME = "semi_supervised_aae"
SETTINGS = {"hidden": (64, 32), "learning_rate": 5e-3, "labels": 20, "shift": 0}


def prepared(train: Batch, seed: int = 0, **options):
    """The model once it has chosen its labelled images."""
    model = Case(NAME).untrained(**options)
    model.prepare(train, torch.Generator().manual_seed(seed))
    return model


def numbered(count: int, classes: int = 10) -> Batch:
    """Images that tell their number, in random classes."""
    images = torch.zeros(count, 1, 8, 8, dtype=torch.uint8)
    images[:, 0, 0, 0], images[:, 0, 0, 1] = torch.arange(count) // 256, torch.arange(count) % 256
    labels = torch.randint(classes, (count,), generator=torch.Generator().manual_seed(0))
    return Batch(images, labels)


def chosen(model) -> list[int]:
    """Numbers of the images whose labels it was given."""
    return (256 * model.known_images[:, 0, 0, 0].int() + model.known_images[:, 0, 0, 1]).tolist()


# Which labels it is given


@pytest.mark.parametrize("labels", [1, 7, 10, 20, 100])
def test_exactly_so_many_images_are_labelled_each_once_and_with_its_own_label(labels):
    train = numbered(800)
    model = prepared(train, labels=labels)
    rows = chosen(model)
    assert len(set(rows)) == len(rows) == len(model.known_labels) == labels
    assert model.known_labels.equal(train.labels[rows])


@pytest.mark.parametrize(("labels", "most", "least"), [(10, 1, 1), (100, 10, 10), (25, 3, 2)])
def test_the_labelled_images_are_as_many_of_each_class(labels, most, least):
    counts = prepared(numbered(800), labels=labels).known_labels.bincount(minlength=10)
    assert (counts.max(), counts.min()) == (most, least)


def test_a_class_that_is_rare_gives_what_it_has():
    train = numbered(800)
    rare = Batch(train.images, torch.where(train.labels == 3, 4, train.labels))
    rare.labels[:2] = 3
    counts = prepared(rare, labels=100).known_labels.bincount(minlength=10)
    assert counts.sum() == 100
    assert counts[3] == 2
    assert set(counts[[0, 1, 2, 4, 5, 6, 7, 8, 9]].tolist()) <= {10, 11}


def test_more_labels_than_images_are_all_of_them():
    assert sorted(chosen(prepared(numbered(50), labels=1000))) == list(range(50))


def test_which_images_depends_on_their_own_seed_alone():
    train = numbered(800)
    one, same = (chosen(prepared(train, seed=seed, labels=20, label_seed=3)) for seed in (0, 1))
    assert one == same
    assert chosen(prepared(train, labels=20, label_seed=4)) != one


def test_labels_of_other_images_are_never_looked_at():
    train = numbered(800)
    known = chosen(prepared(train, labels=20))
    others = torch.ones(800, dtype=torch.bool)
    others[known] = False

    def terms(labels: torch.Tensor) -> dict:
        model = prepared(train, labels=20)
        batch = Batch(train.images[:64] / 255, labels[:64])
        return measured(model.train(), batch).terms

    changed = torch.where(others, (train.labels + 1) % 10, train.labels)
    torch.testing.assert_close(terms(train.labels), terms(changed), rtol=0, atol=0)


def test_the_manifest_says_how_many_labels_it_was_given():
    assert Case(NAME).untrained(labels=1000).labels == "1,000 training images were given with theirs"


# Both codes


def test_the_encoder_gives_the_style_first_and_then_the_classes():
    model, images = Case(NAME).build(), Case(NAME).batch().images
    raw = model.encoder(images)
    assert raw.shape == (6, 12)
    assert model.posterior(images).mean.equal(raw[:, :2])
    assert model.classify(images).equal(raw[:, 2:])


def test_an_image_is_decoded_with_the_class_that_the_encoder_sees_not_with_its_label():
    model, batch = Case(NAME).build(), Case(NAME).batch()
    assert model.conditions(batch).equal(model.classify(batch.images).argmax(1))
    assert model.conditions(batch._replace(labels=9 - batch.labels)).equal(model.conditions(batch))


def test_each_code_has_a_discriminator_of_its_own_that_neither_side_shares():
    model, batch = Case(NAME).build(), Case(NAME).batch()
    objectives, parts = measured(model, batch).objectives, model.parameter_groups()
    for name, other in (("style", "class"), ("class", "style")):
        strangers = list(model.get_submodule(f"{other}_discriminator").parameters())
        found = torch.autograd.grad(
            objectives[f"{name}_discriminator"], strangers, allow_unused=True, retain_graph=True
        )
        assert found == (None,) * len(strangers)
    assert set(parts) == {"autoencoder", "style_discriminator", "class_discriminator"}


def test_the_class_discriminator_is_shown_one_hot_vectors_of_equal_shares_for_the_prior():
    model, read = Case(NAME).build(instance_noise=0.0), []
    model.class_discriminator.register_forward_pre_hook(lambda module, inputs: read.append(inputs[0]))
    many = Batch(torch.rand(20_000, 1, 8, 8), torch.zeros(20_000, dtype=torch.int64))
    with torch.no_grad():
        measured(model, many, progress=1.0)
    # codes, then prior, then codes again; each with the noise that stays, of mean 0
    shares = read[1].mean(0)
    torch.testing.assert_close(shares, torch.full((10,), 0.1), atol=0.01, rtol=0)
    spread = 0.3**2 + 0.1 * 0.9
    torch.testing.assert_close(read[1].var(0), torch.full((10,), spread), atol=0.01, rtol=0)


def test_the_objective_weighs_every_term_as_its_options_say():
    model, batch = Case(NAME).build(adversarial_weight=3.0, supervised_weight=5.0), Case(NAME).batch()
    losses = measured(model, batch)
    terms = losses.terms
    expected = (
        terms["reconstruction"]
        + 3 * (terms["adversarial"] + terms["class_adversarial"])
        + 5 * terms["classification"]
    )
    torch.testing.assert_close(losses.objectives["autoencoder"], expected)


def test_in_training_the_classification_is_that_of_the_labelled_images():
    train = numbered(60)
    model = prepared(train, labels=20, input_noise=0.0, shift=0).train()
    drawn = measured(model, Batch(train.images[:4] / 255, train.labels[:4])).terms["classification"]
    each = F.cross_entropy(model.classify(model.known_images / 255), model.known_labels, reduction="none")
    assert each.min() < drawn < each.max()
    with torch.no_grad():
        model.encoder[-1].bias[2:] += 100 * F.one_hot(torch.tensor(0), 10)  # "all are of class 0"
    wrong = (model.known_labels != 0).float().mean()
    found = torch.stack(
        [
            measured(model, Batch(train.images[:4] / 255, train.labels[:4]), seed=seed).terms[
                "classification"
            ]
            for seed in range(20)
        ]
    )
    assert found.mean().item() == pytest.approx(100 * wrong.item(), rel=0.1)


def test_a_finished_model_is_measured_by_the_labels_of_what_it_is_shown():
    model, test = prepared(stored_digits("train"), labels=20).eval(), digits("test")
    expected = F.cross_entropy(model.classify(test.images), test.labels)
    torch.testing.assert_close(measured(model, test).terms["classification"], expected)


def test_a_finished_model_reads_images_without_noise():
    model, images = Case(NAME).build(input_noise=2.0).eval(), Case(NAME).batch().images
    assert model.classify(images).equal(model.encoder(images)[:, 2:])


# What the other images are worth


def error(model) -> float:
    """Share of the test digits that a model puts into a wrong class."""
    with torch.no_grad():
        return (
            (model.classify(digits("test").images).argmax(1) != digits("test").labels).float().mean().item()
        )


def alone(seed: int) -> float:
    """Test error of the same encoder, from the same weights, on the same labelled images alone."""
    options = {name: value for name, value in SETTINGS.items() if name != "learning_rate"}
    model = Case(NAME).untrained(seed=seed, label_seed=seed, **options)
    model.prepare(stored_digits("train"), torch.Generator())
    optimiser = torch.optim.Adam(model.encoder.parameters(), lr=1e-3)
    noise, images = torch.Generator().manual_seed(seed), model.known_images / 255
    for _ in range(400):
        optimiser.zero_grad()
        blurred = images + model.options.input_noise * torch.randn(images.shape, generator=noise)
        F.cross_entropy(model.classify(blurred), model.known_labels).backward()
        optimiser.step()
    return error(model)


@pytest.fixture(scope="module")
def both():
    """Test errors by seed: of the model, and of its encoder without the unlabelled images."""
    return {
        seed: (error(trained(NAME, 40, seed=seed, label_seed=seed, **SETTINGS).model), alone(seed))
        for seed in (0, 1)
    }


def test_twenty_labels_and_the_other_images_beat_the_same_encoder_on_the_twenty_alone(both):
    assert all(own < without for own, without in both.values())
    means = [sum(side) / len(both) for side in zip(*both.values(), strict=True)]
    assert means[0] < 0.9 * means[1]


def test_twenty_labels_are_far_better_than_none(both):
    assert max(own for own, _ in both.values()) < 0.35  # by chance 0.9


def test_the_chosen_class_is_drawn():
    train = digits("train")
    means = torch.stack([train.images[train.labels == label].mean(0) for label in range(10)]).flatten(1)
    model = trained(NAME, 40, seed=0, label_seed=0, **SETTINGS).model
    asked = torch.arange(10).repeat_interleave(50)
    with torch.no_grad():
        codes = model.posterior(digits("test").images[:50]).mean.repeat(10, 1)
        images = model.decode(codes, asked).flatten(1)
    assert (torch.cdist(images, means).argmin(1) == asked).float().mean() > 0.5  # by chance 0.1


def test_the_model_has_no_layer_that_mixes_a_batch():
    # batch norm would let the discriminator see which batch a code is in
    assert not any(isinstance(layer, nn.BatchNorm1d) for layer in Case(NAME).untrained().modules())
