"""The convolutional autoencoders: odd sides, both forms, and codes that keep their places."""

import pytest
import torch
from torch import nn

from aecore.errors import BadValue
from aecore.models.networks import ConvPlan
from tests.core.models.small_models import Case, digits, drawn, trained

CONVOLUTIONAL = ["conv", "conv_denoising", "conv_vae"]
MAPPED = ["conv", "conv_denoising"]
FORMS = ["strided", "pooled"]
every_form = pytest.mark.parametrize("form", FORMS)


def kinds(network: nn.Module) -> set[str]:
    return {type(layer).__name__ for layer in network.modules()}


# Sizes


@pytest.mark.parametrize("name", CONVOLUTIONAL)
@every_form
@pytest.mark.parametrize("channels", [(4,), (4, 6), (4, 6, 8)], ids=str)
@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 9, 7), (1, 1, 5), (1, 8, 8)], ids=str)
def test_images_of_any_size_come_back_at_their_own(name, form, channels, shape):
    case = Case(name, shape)
    model, batch = case.build(form=form, channels=channels).eval(), case.batch()
    assert drawn(model, batch).shape == batch.images.shape


@pytest.mark.parametrize(
    ("sides", "halvings", "padded", "innermost"),
    [((28, 28), 3, (32, 32), (4, 4)), ((9, 7), 2, (12, 8), (3, 2)), ((8, 8), 3, (8, 8), (1, 1))],
)
def test_sides_that_do_not_halve_evenly_are_padded_to_the_next_that_do(sides, halvings, padded, innermost):
    plan = ConvPlan((1, *sides), (4,) * halvings, "strided", (8,))
    assert (plan.padded, plan.innermost) == (padded, innermost)


def test_the_padding_lies_evenly_around_the_image_and_is_black():
    plan = ConvPlan((1, 9, 7), (4, 4), "strided", (8,))
    (layer,) = plan.padding()
    padded = layer(torch.ones(1, 1, 9, 7))
    assert padded.shape[2:] == (12, 8)
    assert padded[0, 0, 1:10, 0:7].eq(1).all()
    assert padded.sum() == 9 * 7


@pytest.mark.parametrize("sides", [(9, 7), (28, 28), (11, 16)])
def test_what_is_cropped_is_what_was_padded(sides):
    # a pixel drawn back at its own place: padding and cropping are each other's inverse
    plan = ConvPlan((1, *sides), (4, 4, 4), "strided", (8,))
    model = Case("conv", (1, *sides)).build(channels=(4, 4, 4))
    images = torch.rand(2, 1, *sides)
    padded = nn.Sequential(*plan.padding())(images)
    crop = model.decoder[-1] if plan.padding() else nn.Identity()
    assert padded.shape[2:] == plan.padded
    assert crop(padded).equal(images)


def test_sides_that_halve_evenly_are_neither_padded_nor_cropped():
    model = Case("conv").build()
    assert not {"ZeroPad2d", "Crop"} & (kinds(model.encoder) | kinds(model.decoder))


# Forms


@pytest.mark.parametrize("name", CONVOLUTIONAL)
def test_the_strided_form_halves_by_strides_and_doubles_by_transposed_convolutions(name):
    model = Case(name).build(form="strided")
    assert "MaxPool2d" not in kinds(model.encoder)
    assert "ConvTranspose2d" in kinds(model.decoder)
    assert "Upsample" not in kinds(model.decoder)


@pytest.mark.parametrize("name", CONVOLUTIONAL)
def test_the_pooled_form_halves_by_pooling_and_doubles_by_upsampling(name):
    model = Case(name).build(form="pooled")
    assert "MaxPool2d" in kinds(model.encoder)
    assert "Upsample" in kinds(model.decoder)
    assert "ConvTranspose2d" not in kinds(model.decoder)


@every_form
def test_a_doubling_covers_every_pixel_as_often_as_any_other(form):
    # no checkerboard: ones through weights of ones are even, away from the border
    model = Case("conv", (1, 32, 32)).build(form=form, channels=(1, 1))
    start = next(k for k, layer in enumerate(model.decoder) if isinstance(layer, nn.Unflatten)) + 1
    with torch.no_grad():
        for parameter in model.decoder.parameters():
            parameter.fill_(1.0 if parameter.ndim == 4 else 0.0)
        image = model.decoder[start:](torch.ones(1, 1, 8, 8))
    inside = image[:, :, 6:-6, 6:-6]
    assert inside.min() == inside.max() > 0


@every_form
@pytest.mark.parametrize("code", ["dense", "feature_map"])
def test_both_forms_and_both_codes_learn_the_digits(form, code):
    settings = {"form": form, "code": code, "channels": (8,), "dense": (48,), "learning_rate": 2e-2}
    images = digits("test").images
    model = trained("conv", 15, latent_dim=16, **settings).model
    mean = digits("train").images.mean(0)
    lost = (drawn(model, digits("test")) - images).square().mean()
    assert lost < 0.8 * (mean - images).square().mean()


# Codes that keep their places


def mapped(name: str, latent_dim: int = 32, **options):
    return Case(name, (1, 16, 16), latent_dim).build(code="feature_map", channels=(4, 4), **options)


@pytest.mark.parametrize("name", MAPPED)
@every_form
def test_a_feature_map_code_is_whole_maps_of_the_innermost_size(name, form):
    model = mapped(name, form=form)
    images = torch.rand(3, 1, 16, 16)
    assert model.encoder[:-1](images).shape == (3, 2, 4, 4)
    assert model.posterior(images).mean.shape == (3, 32)
    assert "BottleneckLinear" not in kinds(model)


@pytest.mark.parametrize("name", MAPPED)
@every_form
def test_a_pixel_changes_the_code_near_its_place_alone(name, form):
    model, images = mapped(name, form=form), torch.rand(1, 1, 16, 16)
    other = images.clone()
    other[0, 0, 1, 1] += 1  # top left
    with torch.no_grad():
        change = (model.encoder(other) - model.encoder(images)).reshape(2, 4, 4).abs().amax(0)
    assert change[:2, :2].max() > 0
    assert change[3, :].max() == change[:, 3].max() == 0


@pytest.mark.parametrize("name", MAPPED)
@every_form
def test_a_number_of_the_code_changes_the_picture_near_its_place_alone(name, form):
    model, code = mapped(name, form=form), torch.randn(1, 2, 4, 4)
    other = code.clone()
    other[0, 0, 0, 0] += 5
    with torch.no_grad():
        change = (model.decode(other.flatten(1)) - model.decode(code.flatten(1)))[0, 0].abs()
    assert change[:8, :8].max() > 0
    assert change[13:, :].max() == change[:, 13:].max() == 0


@every_form
def test_an_image_moved_by_a_whole_place_has_its_code_moved_by_one_place(form):
    # 48 x 48 in 12 x 12 places, so that what is seen at the border's zeros lies far off
    model = Case("conv", (1, 48, 48), 288).build(form=form, code="feature_map", channels=(4, 4))
    images = torch.zeros(1, 1, 48, 48)
    images[0, 0, 20:25, 20:25] = torch.rand(5, 5, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        code, moved = (model.encoder(x).reshape(2, 12, 12) for x in (images, images.roll((4, 8), (2, 3))))
    torch.testing.assert_close(moved[:, 4:10, 5:11], code[:, 3:9, 3:9])
    assert code[:, 3:9, 3:9].std(dim=(1, 2)).min() > 0


@pytest.mark.parametrize("name", MAPPED)
def test_a_code_that_does_not_fill_whole_maps_is_refused_with_what_would(name):
    with pytest.raises(BadValue) as caught:
        mapped(name, latent_dim=20)
    assert str(caught.value) == (
        "latent_dim cannot be 20: it must be a multiple of 16: the feature map is 4 x 4."
    )


def test_a_code_of_128_numbers_is_4_by_4_by_8_on_mnist():
    model = Case("conv", (1, 28, 28), 128).build(code="feature_map", channels=(32, 64, 64))
    assert model.encoder[:-1](torch.rand(1, 1, 28, 28)).shape == (1, 8, 4, 4)


def test_a_code_of_feature_maps_is_float32_where_products_are_bfloat16():
    model = mapped("conv")
    with torch.autocast("cpu", torch.bfloat16):
        assert model.posterior(torch.rand(2, 1, 16, 16)).mean.dtype == torch.float32
