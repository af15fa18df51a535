"""Every corruption in training does what its name says: by its statistics and where it is random."""

import pytest
import torch

from aecore import corruptions
from aecore.corruptions import NoiseRange
from aecore.models.noise import corrupt, corrupt_over_range

every_noise = pytest.mark.parametrize("name", corruptions.tensor_names())
MANY = 200_000


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def grey(value: float, count: int = MANY) -> torch.Tensor:
    """One pixel each of so many images."""
    return torch.full((count, 1, 1, 1), value)


# All of them


@every_noise
@pytest.mark.parametrize("shape", [(4, 1, 8, 8), (2, 3, 5, 7), (0, 1, 4, 4)], ids=str)
@pytest.mark.parametrize("level", [0.0, 0.3, 1.0, 2.0])
def test_corrupted_pixels_keep_their_shape_and_stay_between_0_and_1(name, shape, level):
    images = torch.rand(shape, generator=generator())
    found = corrupt(images, name, level, generator())
    assert (found.shape, found.dtype) == (images.shape, torch.float32)
    assert ((found >= 0) & (found <= 1)).all()


@every_noise
def test_no_noise_leaves_an_image_as_it_is(name):
    images = torch.rand(20, 3, 5, 7, generator=generator())
    assert corrupt(images, name, 0.0, generator()).equal(images)


@every_noise
def test_the_image_itself_is_left_alone(name):
    images = torch.rand(4, 1, 8, 8, generator=generator())
    before = images.clone()
    corrupt(images, name, 0.5, generator())
    assert images.equal(before)


@every_noise
def test_noise_comes_from_the_generator_alone(name):
    images, state = torch.rand(4, 1, 8, 8, generator=generator()), torch.get_rng_state()
    one, same, other = (corrupt(images, name, 0.5, generator(seed)) for seed in (1, 1, 2))
    assert one.equal(same)
    assert not one.equal(other)
    assert torch.get_rng_state().equal(state)


@every_noise
def test_a_generator_that_goes_on_gives_fresh_noise(name):
    images, going_on = torch.rand(4, 1, 8, 8, generator=generator()), generator()
    one, other = (corrupt(images, name, 0.5, going_on) for _ in range(2))
    assert not one.equal(other)


@every_noise
def test_two_images_of_a_batch_get_noise_of_their_own(name):
    one, other = corrupt(torch.full((2, 1, 8, 8), 0.5), name, 0.5, generator())
    assert not one.equal(other)


@every_noise
def test_a_higher_level_leaves_less_of_the_image(name):
    images = torch.rand(500, 1, 8, 8, generator=generator())
    levels = [share * corruptions.find(name).maximum for share in (0.0, 0.1, 0.3, 0.6, 1.0)]
    lost = [(corrupt(images, name, level, generator()) - images).square().mean() for level in levels]
    assert lost == sorted(lost)


@every_noise
def test_every_image_can_have_a_level_of_its_own(name):
    images = torch.full((3, 1, 30, 30), 0.5)
    found = corrupt(images, name, torch.tensor([0.0, 0.1, 0.9]), generator())
    lost = (found - images).square().mean((1, 2, 3))
    assert lost[0] == 0 < lost[1] < lost[2]


# Each of them


@pytest.mark.parametrize("sigma", [0.02, 0.1])
def test_gaussian_noise_is_added_with_the_level_as_its_standard_deviation(sigma):
    noise = corrupt(grey(0.5), "gaussian", sigma, generator()) - 0.5
    assert noise.mean().item() == pytest.approx(0, abs=4 * sigma / MANY**0.5)
    assert noise.std().item() == pytest.approx(sigma, rel=0.01)
    within = (noise.abs() < sigma).float().mean().item()
    assert within == pytest.approx(0.6827, abs=0.005)


def test_gaussian_noise_is_clipped_so_that_black_grows_lighter():
    # E max(0, N(0, s^2)) = s / sqrt(2 pi), as the guide's "about 0.2" at s = 0.5
    found = corrupt(grey(0.0), "gaussian", 0.5, generator())
    clipped_above = 0.0085 * 0.5 / 2  # what lies beyond 1, two standard deviations: (phi(2) - 2 Q(2)) s
    assert found.mean().item() == pytest.approx(0.5 / (2 * torch.pi) ** 0.5 - clipped_above, abs=0.003)
    assert (found == 0).float().mean().item() == pytest.approx(0.5, abs=0.005)


@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
def test_masking_sets_its_share_of_pixels_to_0_and_leaves_the_others(share):
    found = corrupt(grey(0.7), "masking", share, generator())
    assert set(found.unique().tolist()) <= {0.0, grey(0.7, 1).item()}
    assert (found == 0).float().mean().item() == pytest.approx(share, abs=0.005)


@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
def test_salt_and_pepper_sets_half_its_share_to_1_and_half_to_0_and_leaves_the_others(share):
    found = corrupt(grey(0.7), "salt_and_pepper", share, generator())
    assert set(found.unique().tolist()) <= {0.0, grey(0.7, 1).item(), 1.0}
    for value in (0.0, 1.0):
        assert (found == value).float().mean().item() == pytest.approx(share / 2, abs=0.005)


@pytest.mark.parametrize("pixel", [0.1, 0.5])
def test_speckle_multiplies_so_that_its_spread_grows_with_the_pixel(pixel):
    found = corrupt(grey(pixel), "speckle", 0.2, generator())
    assert found.mean().item() == pytest.approx(pixel, rel=0.01)
    assert found.std().item() == pytest.approx(0.2 * pixel, rel=0.01)


def test_speckle_leaves_black_black():
    assert (corrupt(grey(0.0), "speckle", 2.0, generator()) == 0).all()


# Over a range of levels


def test_over_a_range_every_image_has_a_level_of_its_own_uniform_over_it():
    images = torch.ones(20_000, 1, 16, 16)
    masked = corrupt_over_range(images, NoiseRange("masking", 0.2, 0.6), generator())
    shares = (masked == 0).float().mean((1, 2, 3))
    # a level's own variance (0.4^2 / 12), and that of 256 draws at it
    expected = 0.4**2 / 12 + (0.4 * 0.6 - 0.4**2 / 12) / 256
    assert shares.mean().item() == pytest.approx(0.4, abs=0.005)
    assert shares.var().item() == pytest.approx(expected, rel=0.03)


def test_a_range_of_one_level_is_that_level():
    images = torch.full((200, 1, 16, 16), 0.5)
    found = corrupt_over_range(images, NoiseRange("gaussian", 0.05, 0.05), generator())
    assert (found - images).std().item() == pytest.approx(0.05, rel=0.02)


def test_levels_come_from_the_generator_too():
    images = torch.rand(6, 1, 8, 8, generator=generator())
    one, same = (corrupt_over_range(images, NoiseRange("gaussian", 0, 1), generator(1)) for _ in range(2))
    assert one.equal(same)
