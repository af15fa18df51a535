"""The sequence autoencoder: rows in order, by PyTorch's own LSTM."""

import pytest
import torch

from aecore.models.base import Batch
from tests.core.models.small_models import Case, digits, drawn, measured


def test_the_lstm_reads_the_rows_in_order():
    model, images = Case("lstm").build(), Case("lstm").batch().images
    upside_down = images.flip(2)
    swapped = images[:, :, [0, 2, 1, 3, 4, 5, 6, 7]]
    codes = model.posterior(images).mean
    for other in (upside_down, swapped):
        assert (model.posterior(other).mean - codes).abs().min() > 0


def test_the_code_is_a_linear_layer_on_the_last_output_of_an_lstm_over_the_rows():
    case = Case("lstm", (3, 9, 7), 5)
    model, images = case.build(), case.batch().images
    rows = torch.stack([images[:, :, row].flatten(1) for row in range(9)], 1)  # channels within a row
    outputs, (last, _) = model.encoder[0].rows.lstm(rows)
    torch.testing.assert_close(outputs[:, -1], last[0])
    torch.testing.assert_close(model.posterior(images).mean, model.encoder[1](last[0]))


def test_the_top_rows_are_drawn_before_the_lower_ones_are_thought_of():
    # a decoder of fewer steps draws the same rows as far as it goes
    short, tall = (Case("lstm", (1, height, 8)).build() for height in (3, 8))
    short.load_state_dict(tall.state_dict())
    codes = torch.randn(4, 2, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(short.decode(codes), tall.decode(codes)[:, :, :3])


def test_what_stands_in_the_first_row_reaches_the_code():
    model, images = Case("lstm").build(), Case("lstm").batch().images.requires_grad_()
    (gradient,) = torch.autograd.grad(model.posterior(images).mean.sum(), images)
    assert gradient[:, :, 0].abs().min() > 0


@pytest.mark.parametrize("hidden", [4, 20])
def test_the_width_of_the_state_is_that_of_the_option(hidden):
    model = Case("lstm").build(hidden_state=hidden)
    assert model.encoder[0].rows.lstm.hidden_size == hidden


def test_the_lstm_learns_a_handful_of_digits_by_heart():
    model, batch = Case("lstm").build(hidden_state=32), Batch(*(part[:4] for part in digits("train")))
    optimiser = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(600):  # it stands still for 100 to 300 of them, by processor
        optimiser.zero_grad()
        measured(model, batch).objectives["autoencoder"].backward()
        optimiser.step()
    spread = (batch.images - batch.images.mean(0)).square().mean()
    assert (drawn(model, batch) - batch.images).square().mean() < 0.1 * spread
