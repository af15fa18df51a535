"""The stacked denoising autoencoder: one layer at a time, then all of them, then the labels."""

import pytest
import torch
from torch.nn import functional as F

from aecore.models import build, variants
from aecore.models.noise import corrupt
from aecore.training import loop
from tests.core.models.small_models import DIGITS, Case, digits, measured, stored_digits, trained

HIDDEN = (24, 16)
STAGES = ["layer 1", "layer 2", "layer 3", "unsupervised", "supervised"]
ENCODER = ["encoder.1", "encoder.3", "encoder.5"]
MIRRORS = ["decoder.4", "decoder.2", "decoder.0"]


@pytest.fixture(scope="module")
def walk():
    """The weights at the start and after each stage of a training of 10 epochs, and the records."""
    config = variants.configure("stacked", "digits", epochs=10, hidden=HIDDEN, learning_rate=1e-2)
    model = build.build_model(config, DIGITS)
    weights, epochs = {"start": snapshot(model)}, []
    for epoch in loop.train_epochs(model, config, stored_digits("train"), stored_digits("test")):
        weights[epoch.stage] = snapshot(model)
        epochs.append(epoch)
    return weights, epochs


def snapshot(model) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def moved(before: dict[str, torch.Tensor], after: dict[str, torch.Tensor]) -> set[str]:
    """Layers of which any number changed."""
    return {name.rpartition(".")[0] for name in before if not before[name].equal(after[name])}


# Stages


def test_the_stages_stand_in_the_history_in_order_with_their_share_of_the_epochs(walk):
    _, epochs = walk
    assert [epoch.stage for epoch in epochs] == STAGES[:3] + 3 * ["unsupervised"] + 4 * ["supervised"]


@pytest.mark.parametrize("number", [0, 1, 2])
def test_in_the_stage_of_a_layer_it_and_its_mirror_move_and_all_else_is_the_same_to_the_bit(walk, number):
    weights, _ = walk
    before = weights["start" if number == 0 else STAGES[number - 1]]
    assert moved(before, weights[STAGES[number]]) == {ENCODER[number], MIRRORS[number]}


def test_in_the_unsupervised_stage_all_layers_move_and_the_classifier_does_not(walk):
    weights, _ = walk
    assert moved(weights["layer 3"], weights["unsupervised"]) == {*ENCODER, *MIRRORS}


def test_in_the_supervised_stage_everything_moves(walk):
    weights, _ = walk
    assert moved(weights["unsupervised"], weights["supervised"]) == {*ENCODER, *MIRRORS, "classifier"}


@pytest.mark.parametrize(
    ("options", "stages"),
    [
        ({"pretraining": 0.0}, [("unsupervised", 0.3), ("supervised", 0.7)]),
        ({"unsupervised": 0.0}, [(f"layer {k}", 0.1) for k in (1, 2, 3)] + [("supervised", 0.7)]),
        ({"pretraining": 0.0, "unsupervised": 0.0}, [("supervised", 1.0)]),
        ({"pretraining": 0.0, "unsupervised": 1.0}, [("unsupervised", 1.0)]),
        ({"hidden": ()}, [("layer 1", 0.3), ("unsupervised", 0.3), ("supervised", 0.4)]),
    ],
    ids=str,
)
def test_a_stage_without_a_share_is_left_out(options, stages):
    model = Case("stacked").untrained(**options)
    assert [stage.name for stage in model.stages] == [name for name, _ in stages]
    assert [stage.share for stage in model.stages] == pytest.approx([share for _, share in stages])


@pytest.mark.parametrize("pretraining", [round(0.1 * tenth, 1) for tenth in range(11)])
def test_shares_that_add_up_to_1_leave_no_supervised_stage_however_they_are_rounded(pretraining):
    model = Case("stacked").untrained(pretraining=pretraining, unsupervised=round(1 - pretraining, 1))
    assert "supervised" not in [stage.name for stage in model.stages]
    assert model.labels == ""


def test_without_a_supervised_stage_it_does_not_classify():
    model = Case("stacked").untrained(pretraining=0.0, unsupervised=1.0)
    assert model.classify(Case("stacked").batch().images) is None


# Losses


def inside(model, number: int, images: torch.Tensor) -> torch.Tensor:
    """What the layers below a layer, counted from 0, make of the images."""
    return model.encoder[: 2 * number + 1](images)


@pytest.mark.parametrize("number", [1, 2])
def test_a_layer_learns_to_undo_masking_in_what_the_layers_below_give(number):
    case = Case("stacked", stage=f"layer {number + 1}")
    model, batch = case.build(level=0.4), case.batch()
    clean = inside(model, number, batch.images)
    kept = torch.rand(clean.shape, generator=torch.Generator().manual_seed(0)) >= 0.4
    hidden = model.get_submodule(ENCODER[number])(clean * kept)
    hidden = hidden if number == 2 else hidden.relu()  # the code itself is linear
    answer = model.get_submodule(MIRRORS[number])(hidden).relu()
    expected = 0.5 * (answer - clean).square().sum(1).mean()
    torch.testing.assert_close(measured(model, batch).terms["reconstruction"], expected)


def test_the_first_layer_learns_to_undo_masking_in_the_pixels():
    case = Case("stacked", stage="layer 1")
    model, batch = case.build(level=0.4), case.batch()
    clean = batch.images.flatten(1)
    kept = torch.rand(clean.shape, generator=torch.Generator().manual_seed(0)) >= 0.4
    logits = model.decoder[4](model.encoder[1](clean * kept).relu())
    expected = F.binary_cross_entropy_with_logits(logits, clean, reduction="sum") / len(clean)
    torch.testing.assert_close(measured(model, batch).terms["reconstruction"], expected)


def test_the_whole_stack_learns_to_undo_masking_in_the_image():
    case = Case("stacked", stage="unsupervised")
    model, batch = case.build(level=0.4), case.batch()
    noisy = corrupt(batch.images, "masking", 0.4, torch.Generator().manual_seed(0))
    logits = model.decoder(model.encoder(noisy))
    expected = F.binary_cross_entropy_with_logits(logits, batch.images, reduction="sum") / len(noisy)
    losses = measured(model, batch)
    torch.testing.assert_close(losses.terms, {"reconstruction": expected})


def test_the_supervised_stage_adds_the_weighted_cross_entropy_of_the_labels():
    model, batch = Case("stacked").build(level=0.0, supervised_weight=7.0), Case("stacked").batch()
    losses = measured(model, batch)
    classification = F.cross_entropy(model.classify(batch.images), batch.labels)
    torch.testing.assert_close(losses.terms["classification"], classification)
    whole = losses.terms["reconstruction"] + 7 * classification
    torch.testing.assert_close(losses.objectives["autoencoder"], whole)


# What it comes to


def test_the_error_falls_in_the_supervised_stage_and_the_digits_are_told_apart_in_the_end():
    model, epochs = trained("stacked", 40, latent_dim=8, hidden=(64, 32), learning_rate=1e-2)
    supervised = [epoch.test["classification"] for epoch in epochs if epoch.stage == "supervised"]
    assert supervised[-1] < 0.5 * supervised[0]
    wrong = model.classify(digits("test").images).argmax(1) != digits("test").labels
    assert wrong.float().mean() < 0.2


def test_labels_do_not_matter_before_the_supervised_stage():
    config = variants.configure("stacked", "digits", epochs=6, hidden=HIDDEN)
    kept = []
    for shift in (0, 1):
        model = build.build_model(config, DIGITS)
        train = stored_digits("train")
        train = train._replace(labels=(train.labels + shift) % 10)
        for epoch in loop.train_epochs(model, config, train, stored_digits("test")):
            if epoch.stage == "unsupervised":
                last = snapshot(model)
        kept.append(last)
    assert moved(*kept) == set()
