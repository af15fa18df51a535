"""One contract for every variant found, over image shapes, latent dimensions and stages of training."""

import contextlib
import dataclasses
import importlib
import inspect
import itertools
import math
import re
import sys
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from aecore import corruptions
from aecore.errors import BadValue, NotStorable, UnknownName
from aecore.latent import priors
from aecore.models import build, export, variants
from aecore.models.base import Autoencoder, Batch
from aecore.models.variational import VariationalAutoencoder
from tests.conftest import is_trained
from tests.core.models.small_models import BATCH, Case, drawn, measured, trained

LN2 = math.log(2)
SIZES = [  # (c, h, w) and latent dimension: usual, small, and of two odd sides and three colours
    ((1, 28, 28), 2),
    ((1, 8, 8), 1),
    ((3, 9, 7), 2),
    ((3, 9, 7), 5),
]
TRAINED = [name for name in variants.names() if is_trained(name)]
CONDITIONAL = [name for name in variants.names() if variants.module(name).Variant.is_conditional]


def stages(name: str) -> list[str]:
    """The stages of a variant's training, with the widths of the tests; one without a name if none."""
    return [stage.name for stage in Case(name).untrained().stages] or [""]


STAGES = {name: stages(name) for name in variants.names()}
CASES = [
    Case(name, *size, stage)
    for name, size in itertools.product(variants.names(), SIZES)
    for stage in STAGES[name]
]
LAST = [case for case in CASES if case.stage == STAGES[case.variant][-1]]


def in_turn(cases: list[Case]) -> Callable[[Callable[[Case], None]], Callable[[str], None]]:
    """Have a test of a case run over all cases of a variant; what fails says in which.

    A test for each would be a thousand, and pytest takes longer for one than most of them take.
    """

    def over(test: Callable[[Case], None]) -> Callable[[str], None]:
        @pytest.mark.parametrize("name", dict.fromkeys(case.variant for case in cases))
        def over_all(name: str) -> None:
            for case in (one for one in cases if one.variant == name):
                with said_of(case):
                    test(case)

        return over_all

    return over


@contextlib.contextmanager
def said_of(what: object) -> Iterator[None]:
    """Have an error say what it is about."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"of {what}")
        raise


every_case = in_turn(CASES)
every_trained_case = in_turn([case for case in CASES if case.variant in TRAINED])
every_finished_case = in_turn(LAST)
every_variant = pytest.mark.parametrize("name", variants.names())
every_trained_variant = pytest.mark.parametrize("name", TRAINED)
every_conditional_variant = pytest.mark.parametrize("name", CONDITIONAL)


def silenced(model: Autoencoder) -> Autoencoder:
    """The model with a decoder that answers every code with zeros, which are grey pixels."""
    with torch.no_grad():
        for parameter in model.decoder.parameters():
            parameter.zero_()
    return model


def some(shape: tuple[int, int, int], count: int = BATCH) -> Batch:
    """Images all of one dark grey."""
    return Batch(torch.full((count, *shape), 0.25), torch.arange(count) % 10)


# Shapes and ranges


@every_finished_case
def test_a_code_has_the_latent_dimension(case):
    assert case.build().posterior(case.batch().images).mean.shape == (BATCH, case.latent_dim)


@every_finished_case
def test_a_posterior_with_a_spread_has_one_for_every_dimension(case):
    log_var = case.build().posterior(case.batch().images).log_var
    assert log_var is None or log_var.shape == (BATCH, case.latent_dim)


@every_finished_case
def test_decoding_gives_images_between_0_and_1(case):
    model, batch = case.build().eval(), case.batch()
    codes = 10 * torch.randn((BATCH, case.latent_dim), generator=torch.Generator().manual_seed(0))
    decoded = model.decode(codes, model.conditions(batch))
    assert decoded.shape == (BATCH, *case.shape)
    assert decoded.min() >= 0
    assert decoded.max() <= 1


@every_finished_case
def test_encoding_is_the_same_every_time(case):
    model, images = case.build(), case.batch().images
    assert model.posterior(images).mean.equal(model.posterior(images).mean)


@every_finished_case
def test_a_code_does_not_depend_on_the_rest_of_the_batch(case):
    model, images = case.build().eval(), case.batch().images
    together = model.posterior(images).mean
    torch.testing.assert_close(model.posterior(images[2:3]).mean, together[2:3])


@every_finished_case
def test_an_image_does_not_depend_on_the_rest_of_the_batch(case):
    model, batch = case.build().eval(), case.batch()
    alone = drawn(model, Batch(batch.images[2:3], batch.labels[2:3]))
    torch.testing.assert_close(alone, drawn(model, batch)[2:3])


# Losses


@every_case
def test_losses_are_finite_numbers(case):
    losses = measured(case.build(), case.batch())
    for value in (*losses.objectives.values(), *losses.terms.values()):
        assert value.shape == ()
        assert value.isfinite()


@every_case
def test_reconstruction_is_among_the_terms(case):
    assert "reconstruction" in measured(case.build(), case.batch()).terms


@every_case
def test_there_is_one_objective_for_every_part(case):
    model = case.build()
    assert set(measured(model, case.batch()).objectives) == set(model.parameter_groups())


@every_case
def test_a_batch_that_is_only_measured_has_the_same_terms_as_one_in_training(case):
    model, batch = case.build(), case.batch()
    assert list(measured(model.train(), batch).terms) == list(measured(model.eval(), batch).terms)


@every_case
def test_all_noise_comes_from_the_generator(case):
    model, before = case.build(), torch.get_rng_state()
    one, same = (measured(model, case.batch()).terms for _ in range(2))
    assert one == same
    assert torch.get_rng_state().equal(before)


@every_variant
def test_reconstruction_is_summed_over_pixels_not_averaged(name):
    one, two = (
        measured(silenced(Case(name, shape).build()), some(shape)).terms["reconstruction"]
        for shape in ((1, 8, 8), (1, 8, 16))
    )
    torch.testing.assert_close(two, 2 * one)


@every_variant
def test_terms_are_averaged_over_the_batch_not_summed(name):
    model = silenced(Case(name).build())
    one, two = (measured(model, some((1, 8, 8), count)).terms for count in (BATCH, 2 * BATCH))
    torch.testing.assert_close(two["reconstruction"], one["reconstruction"])


@every_trained_variant
@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 9, 7), (1, 8, 8)], ids=str)
def test_a_grey_answer_costs_ln_2_nats_a_pixel_under_bernoullis(name, shape):
    case = Case(name, shape)
    found = measured(silenced(case.build()), case.batch()).terms["reconstruction"]
    torch.testing.assert_close(found, torch.tensor(math.prod(shape) * LN2))


@every_trained_case
def test_the_objective_of_encoder_and_decoder_counts_the_reconstruction_in_full(case):
    # its gradient at the decoder is that of the reconstruction, whatever else is pulled at the codes
    model = case.build()
    parameters = list(model.decoder.parameters())
    losses = measured(model, case.batch())
    settings = {"retain_graph": True, "allow_unused": True, "materialize_grads": True}
    whole = torch.autograd.grad(losses.objectives["autoencoder"], parameters, **settings)
    term = torch.autograd.grad(losses.terms["reconstruction"], parameters, **settings)
    torch.testing.assert_close(whole, term)


@every_variant
def test_images_are_not_changed_by_measuring_them(name):
    model, batch = Case(name).build(), Case(name).batch()
    before = batch.images.clone()
    measured(model, batch)
    assert batch.images.equal(before)


# Parts and gradients


@every_case
def test_no_parameter_belongs_to_two_parts(case):
    owned = [id(parameter) for part in case.build().parameter_groups().values() for parameter in part]
    assert len(owned) == len(set(owned))


@every_variant
def test_every_parameter_is_trained_in_some_stage_and_no_other_is(name):
    owned = set()
    for stage in STAGES[name]:
        model = Case(name, stage=stage).build()
        parts = [parameter for part in model.parameter_groups().values() for parameter in part]
        owned |= {key for key, value in model.named_parameters() if any(value is part for part in parts)}
    assert owned == {key for key, value in model.named_parameters() if value.requires_grad}


@every_variant
def test_a_variant_has_stages_exactly_where_it_has_something_to_train(name):
    model = Case(name).build()
    assert bool(model.stages) == is_trained(name) == any(p.requires_grad for p in model.parameters())


@every_trained_variant
def test_the_shares_of_the_stages_add_up_and_the_last_one_is_that_of_a_finished_model(name):
    model = Case(name).untrained()
    assert sum(stage.share for stage in model.stages) == pytest.approx(1)
    assert len({stage.name for stage in model.stages}) == len(model.stages)
    assert model.stage == model.stages[-1].name


@every_trained_case
def test_every_parameter_gets_a_gradient_from_its_own_objective(case):
    model = case.build()
    losses, parts = measured(model, case.batch()), model.parameter_groups()
    for name, objective in losses.objectives.items():
        found = torch.autograd.grad(objective, list(parts[name]), allow_unused=True, retain_graph=True)
        assert all(gradient is not None and gradient.isfinite().all() for gradient in found)


@every_trained_case
def test_every_objective_moves_the_encoder_side_or_a_critic_never_both(case):
    model = case.build()
    losses = measured(model, case.batch())
    outside = [*model.encoder.parameters(), *model.decoder.parameters()]
    for name, objective in losses.objectives.items():
        if name != "autoencoder":
            found = torch.autograd.grad(objective, outside, allow_unused=True, retain_graph=True)
            assert found == (None,) * len(outside)


@every_trained_case
def test_a_small_step_down_the_gradient_lowers_every_objective(case):
    model, batch = case.build(), case.batch()
    for name, part in model.parameter_groups().items():
        parameters = list(part)
        before = measured(model, batch).objectives[name]
        gradients = torch.autograd.grad(before, parameters)
        slope = sum(gradient.square().sum() for gradient in gradients)
        step = 1e-4 * before.abs() / slope  # to first order, a ten-thousandth of the objective
        with torch.no_grad():
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter.sub_(step * gradient)
        assert measured(model, batch).objectives[name] < before


# Weights


@every_variant
def test_the_same_seed_gives_the_same_first_weights(name):
    one, other = (Case(name).untrained(seed=4).state_dict() for _ in range(2))
    assert all(one[key].equal(other[key]) for key in one)


@every_variant
def test_another_seed_gives_other_first_weights(name):
    one, other = (Case(name).untrained(seed=seed).state_dict() for seed in (4, 5))
    assert not any(one[key].equal(other[key]) for key in one if key.endswith("weight"))


@every_variant
def test_building_leaves_torchs_own_random_state_alone(name):
    before = torch.get_rng_state()
    Case(name).untrained()
    assert torch.get_rng_state().equal(before)


@every_variant
def test_preparing_leaves_torchs_own_random_state_alone(name):
    before = torch.get_rng_state()
    Case(name).build()
    assert torch.get_rng_state().equal(before)


@every_variant
def test_what_preparing_finds_beyond_the_weights_is_not_stored(name):
    assert Case(name).build().state_dict().keys() == Case(name).untrained().state_dict().keys()


@every_variant
def test_the_default_options_build_and_train(name):
    model = build.build_model(variants.configure(name, "digits"), (8, 8, 1))
    batch = Case(name).batch()
    model.prepare(Batch(batch.images.mul(255).byte(), batch.labels), torch.Generator().manual_seed(0))
    assert measured(model, batch).terms["reconstruction"].isfinite()


@every_trained_variant
def test_the_loss_falls_on_digits(name):
    epochs = trained(name, 12, learning_rate=1e-2).epochs
    own = [epoch.test["reconstruction"] for epoch in epochs if epoch.stage == epochs[-1].stage]
    assert own[-1] < own[0]


# Classes for the decoder


@every_conditional_variant
def test_a_conditional_decoder_needs_a_class_for_every_code(name):
    with pytest.raises(ValueError, match="this decoder needs a class for every code"):
        Case(name).build().decode(torch.zeros(1, 2))


@every_conditional_variant
def test_a_conditional_decoder_draws_every_class_otherwise(name):
    images = Case(name).build().decode(torch.zeros(10, 2), torch.arange(10)).flatten(1)
    distances = torch.cdist(images, images)[*torch.triu_indices(10, 10, 1)]
    assert distances.min() > 0


@every_conditional_variant
def test_the_class_stands_one_hot_behind_the_code(name):
    codes, classes = torch.randn(4, 2), torch.tensor([0, 9, 3, 3])
    found = Case(name).build().concat_condition(codes, classes)
    torch.testing.assert_close(found[:, :2], codes)
    torch.testing.assert_close(found[:, 2:], torch.eye(10)[classes])


@every_variant
def test_only_a_conditional_variant_has_a_class_for_every_image(name):
    model, batch = Case(name).build(), Case(name).batch()
    found = model.conditions(batch)
    if name in CONDITIONAL:
        assert found.shape == (BATCH,)
        assert set(found.tolist()) <= set(range(10))
    else:
        assert found is None


@every_variant
def test_a_variant_that_is_given_labels_says_so(name):
    # whether the first losses change with the labels, in any stage, once it has been prepared with them
    def terms(stage: str, shift: int) -> list[float]:
        case = Case(name, stage=stage)
        model, batch = case.untrained(), case.batch()
        batch = Batch(batch.images, (batch.labels + shift) % 10)
        stored = Batch(batch.images.mul(255).byte(), batch.labels)
        model.prepare(stored, torch.Generator().manual_seed(0))
        model.stage = stage
        return [value.item() for value in measured(model.train(), batch).objectives.values()]

    is_told = any(terms(stage, 0) != terms(stage, 1) for stage in STAGES[name])
    assert is_told == bool(Case(name).build().labels)


# Options


OPTIONS = [(name, field) for name in variants.names() for field in dataclasses.fields(variants.options(name))]


@every_variant
def test_an_option_of_the_wrong_type_is_refused_by_name(name):
    for field in dataclasses.fields(variants.options(name)):
        with said_of(field.name), pytest.raises(BadValue, match=f"^{field.name} cannot be {{}}: it must be "):
            variants.configure(name, "digits", **{field.name: {}})


@every_variant
def test_an_option_outside_its_range_is_refused_by_name(name):
    for field in dataclasses.fields(variants.options(name)):
        rule = field.metadata
        wrong = ["none of them"] if rule["choices"] else [rule["minimum"] - 1, rule["maximum"] + 1]
        for value in wrong:
            given = [value] if isinstance(field.default, tuple) else value
            with said_of(field.name), pytest.raises(BadValue, match=f"^{field.name} cannot be "):
                variants.configure(name, "digits", **{field.name: given})


@every_variant
def test_every_number_has_a_range_so_that_a_form_can_be_made(name):
    for field in dataclasses.fields(variants.options(name)):
        if not field.metadata["choices"] and not isinstance(field.default, bool):
            assert field.metadata["minimum"] < field.metadata["maximum"], field.name


@pytest.mark.parametrize(
    ("name", "option"),
    [(name, field.name) for name, field in OPTIONS if isinstance(field.default, tuple)],
)
def test_an_empty_list_of_widths_builds_a_network_or_is_refused_in_a_sentence(name, option):
    with contextlib.suppress(BadValue):
        assert drawn(Case(name).build(**{option: ()}), Case(name).batch()).shape == (BATCH, 1, 8, 8)


@every_variant
def test_an_option_that_there_is_not_is_refused_by_name(name):
    with pytest.raises(UnknownName, match=f"^There is no setting of {name} called 'colour'"):
        variants.configure(name, "digits", colour=1)


def test_what_is_fitted_in_closed_form_has_one_epoch():
    for name in set(variants.names()) - set(TRAINED):
        assert variants.configure(name, "mnist").epochs == 1
        with pytest.raises(BadValue) as caught:
            variants.configure(name, "digits", epochs=2)
        assert str(caught.value) == f"epochs cannot be 2: it must be 1: {name} is fitted in closed form."


# The decoder for the browser


def run_layers(layers, weights, codes, classes):  # noqa: PLR0912  one case for each kind of layer
    """What the described layers make of codes, from the description and the stored tensors alone."""
    x = codes.double()
    for layer in layers:
        named = {part: name for part, name in layer.items() if isinstance(name, str) and name in weights}
        tensor = {part: weights[name].double() for part, name in named.items()}
        match layer["type"]:
            case "condition":
                x = torch.cat([x, torch.eye(layer["classes"], dtype=x.dtype)[classes]], 1)
            case "linear":
                x = x @ tensor["weight"].T + tensor["bias"]
            case "conv2d":
                x = F.conv2d(x, **tensor, stride=layer["stride"], padding=layer["padding"])
            case "conv_transpose2d":
                sizes = {size: layer[size] for size in ("stride", "padding", "output_padding")}
                x = F.conv_transpose2d(x, **tensor, **sizes)
            case "upsample":
                for dim, factor in zip((2, 3), layer["scale"], strict=True):
                    x = x.repeat_interleave(factor, dim)
            case "crop":
                down, right = ((x.shape[2] - layer["height"]) // 2, (x.shape[3] - layer["width"]) // 2)
                x = x[:, :, down : down + layer["height"], right : right + layer["width"]]
            case "repeat":
                x = torch.stack([x] * layer["times"], 1)
            case "lstm":
                x = run_lstm(x, **tensor)
            case "rows_to_image":
                image = [
                    x[:, :, c * layer["width"] :][..., : layer["width"]] for c in range(layer["channels"])
                ]
                x = torch.stack(image, 1)
            case "relu":
                x = x.clamp(min=0)
            case "tanh":
                x = x.tanh()
            case "sigmoid":
                x = 1 / (1 + (-x).exp())
            case "clamp":
                x = x.clamp(layer["low"], layer["high"])
            case "unflatten":
                x = x.reshape(len(x), *layer["shape"])
            case other:
                raise AssertionError(f"no reading of {other}")
    return x


def run_lstm(rows, weight_ih, weight_hh, bias_ih, bias_hh):
    """The outputs of an LSTM by its equations, gates in the order i f g o."""
    hidden = cell = torch.zeros(len(rows), weight_hh.shape[1], dtype=rows.dtype)
    outputs = []
    for row in rows.unbind(1):
        i, f, g, o = (row @ weight_ih.T + bias_ih + hidden @ weight_hh.T + bias_hh).chunk(4, 1)
        cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
        hidden = o.sigmoid() * cell.tanh()
        outputs.append(hidden)
    return torch.stack(outputs, 1)


WAYS = [  # beyond the defaults: every way that an option can build a decoder
    ("ae", {"output": "relu", "loss": "mse"}),
    ("ae", {"hidden": ()}),
    ("conv", {"form": "pooled"}),
    ("conv_vae", {"form": "pooled"}),
    ("conv_denoising", {"form": "pooled"}),
]


@pytest.mark.parametrize(("name", "options"), [(name, {}) for name in variants.names()] + WAYS, ids=str)
def test_the_described_decoder_draws_what_the_model_draws(name, options):
    for case in (Case(name, *size) for size in SIZES):
        model, batch = case.build(**options).eval(), case.batch()
        codes = torch.randn(BATCH, case.latent_dim, generator=torch.Generator().manual_seed(0))
        classes = model.conditions(batch)
        layers = export.decoder_layers(model)
        found = run_layers(layers, model.state_dict(), codes, classes).float()
        with said_of(case):
            torch.testing.assert_close(found, model.decode(codes, classes).detach(), atol=1e-5, rtol=1e-4)


def test_a_layer_that_the_browser_cannot_run_is_named():
    model = Case("ae").build()
    model.decoder.append(nn.LogSigmoid())
    with pytest.raises(
        TypeError, match=r"^decoder\.\d is a LogSigmoid, which the browser's decoder cannot run"
    ):
        export.decoder_layers(model)


@pytest.mark.parametrize("name", [name for name, field in OPTIONS if field.name == "hidden"])
def test_the_decoder_is_the_encoders_mirror(name):
    model = Case(name).build()
    inwards, outwards = (
        [(layer.in_features, layer.out_features) for layer in part.modules() if isinstance(layer, nn.Linear)]
        for part in (model.encoder, model.decoder)
    )
    assert [size for _, size in inwards[:-1]] == [size for size, _ in reversed(outwards[1:])]


# One file each


@every_variant
def test_a_variant_has_a_title_and_one_final_class(name):
    module = variants.module(name)
    assert module.TITLE
    assert module.Variant.__mro__[1] in (Autoencoder, VariationalAutoencoder)
    assert not inspect.isabstract(module.Variant)


def test_no_two_variants_have_the_same_title():
    titles = [variants.module(name).TITLE for name in variants.names()]
    assert len(set(titles)) == len(titles)


@every_variant
def test_prior_and_noise_are_ones_that_can_be_drawn(name):
    model = Case(name).build()
    assert model.prior in (None, *priors.names())
    assert model.noise is None or model.noise.kind in corruptions.tensor_names()


def test_what_begins_with_an_underscore_is_no_variant():
    assert not any(name.startswith("_") for name in variants.names())


def test_every_autoencoder_that_textbooks_describe_is_there():
    wanted = "pca ae sparse denoising stacked conv conv_denoising vae conv_vae aae supervised_aae"
    more = "semi_supervised_aae wae_mmd conditional_vae lstm"
    assert {*wanted.split(), *more.split()} <= set(variants.names())


@pytest.fixture
def dropped(request, monkeypatch, tmp_path):
    """A copy of the plain autoencoder, dropped among the variants as twin.py, with parts replaced."""
    source = inspect.getsource(variants.module("ae"))
    for old, new in [('TITLE = "Autoencoder"', 'TITLE = "Twin"'), *getattr(request, "param", [])]:
        assert old in source
        source = source.replace(old, new)
    (tmp_path / "twin.py").write_text(source)
    monkeypatch.setattr(variants, "__path__", [*variants.__path__, str(tmp_path)])
    importlib.invalidate_caches()
    yield "twin"
    sys.modules.pop("aecore.models.variants.twin", None)
    vars(variants).pop("twin", None)


def test_a_file_dropped_into_the_folder_is_found(dropped):
    assert dropped in variants.names()
    assert variants.module(dropped).TITLE == "Twin"


def test_a_file_dropped_into_the_folder_trains_and_opens_with_nothing_else_edited(dropped):
    from aecore import runs

    run = runs.train(dropped, "digits", epochs=1, hidden=(8,))
    assert runs.open_run("digits-twin-z2").stored.manifest["title"] == "Twin"
    assert run.decode(np.zeros((1, 2))).shape == (1, 8, 8, 1)


CONTRACTION = """
        images = batch.images.clone().requires_grad_()
        summed = self.encoder(images).sum(0)
        slopes = [torch.autograd.grad(code, images, create_graph=True)[0] for code in summed]
        contraction = torch.stack(slopes).square().sum((0, 2, 3, 4)).mean()
        return Losses(
            {"autoencoder": mean + 0.1 * contraction}, {"reconstruction": mean, "contraction": contraction}
        )
"""
"""The penalty of a contractive autoencoder: the squared norm of the encoder's slope (Rifai et al. 2011)."""


@pytest.mark.parametrize(
    "dropped",
    [
        [
            (
                '        return Losses({"autoencoder": mean}, {"reconstruction": mean})\n',
                CONTRACTION.lstrip("\n"),
            ),
            ("from torch import Generator", "import torch\nfrom torch import Generator"),
        ]
    ],
    indirect=True,
)
def test_a_loss_that_calls_autograd_trains_is_measured_and_resumed_as_any_other(dropped, tmp_path):
    from aecore import runs
    from tests.core.training.test_checkpoints import begun, resumed, same_weights, taken

    settings = {"epochs": 3, "hidden": (8,), "learning_rate": 1e-2}
    run = runs.train(dropped, "digits", **settings)
    told = [epoch[split]["contraction"] for epoch in run.history for split in ("train", "test")]
    assert len(told) == 6
    assert min(told) > 0
    assert run.metrics["mse"] < 0.2

    under_way = begun(run.config)
    states = [taken(under_way)]
    while not under_way.is_over:
        under_way.epoch()
        states.append(taken(under_way))
    for number in (1, 2):
        _, again = resumed(run.config, states[number], tmp_path / "checkpoint")
        assert same_weights(again, states[-1])


def test_a_decoder_wider_than_any_that_is_stored_is_refused_before_the_first_epoch(made_data_set):
    from aecore import runs

    made_data_set("large", shape=(256, 256, 1), count=20)
    told = []
    with pytest.raises(NotStorable, match=r"gives the shape \[512, 128, 128\]"):
        runs.train("conv", "large", epochs=1, channels=(512, 2), on_epoch=told.append)
    assert told == []


@pytest.mark.parametrize(
    ("dropped", "epochs", "sentence"),
    [
        ([('"Twin"', '"Twin [mine]"')], 0, "the title in its manifest is not a line of at most 200 letters"),
        ([("self.encoder =", "self.Encoder_1 = self.encoder =")], 0, "its networks are no lists of layers"),
        ([('"reconstruction"', '"Reconstruction Loss"')], 0, "its loss terms (Reconstruction Loss"),
    ],
    indirect=["dropped"],
)
def test_what_no_run_could_say_ends_a_training_before_it_takes_any_time(dropped, epochs, sentence):
    from aecore import runs

    told = []
    with pytest.raises(NotStorable, match=re.escape(sentence)):
        runs.train(dropped, "digits", epochs=3, hidden=(8,), on_epoch=told.append)
    assert len(told) == epochs
