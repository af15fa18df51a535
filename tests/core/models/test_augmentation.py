"""Images moved at random: by whole pixels, each as likely as any other, black where nothing was."""

import torch

from aecore.models.augmentation import move


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_an_image_is_moved_by_whole_pixels_with_black_where_nothing_was():
    images = torch.zeros(2000, 1, 9, 7)
    images[:, :, 4, 3] = 1
    moved = move(images, 2, generator())
    _, _, rows, columns = moved.nonzero(as_tuple=True)
    assert len(rows) == 2000
    assert set(zip((rows - 4).tolist(), (columns - 3).tolist(), strict=True)) == {
        (down, right) for down in range(-2, 3) for right in range(-2, 3)
    }


def test_every_move_is_as_likely_as_any_other():
    images = torch.zeros(50_000, 1, 5, 5)
    images[:, :, 2, 2] = 1
    found = move(images, 1, generator()).mean((0, 1))[1:4, 1:4]
    torch.testing.assert_close(found, torch.full((3, 3), 1 / 9), atol=0.006, rtol=0)


def test_a_moved_image_is_the_image_itself_where_both_are_seen():
    images = torch.rand(20, 3, 6, 5, generator=generator())
    padded = torch.nn.functional.pad(images, (1, 1, 1, 1))
    for image, around in zip(move(images, 1, generator()), padded, strict=True):
        windows = [around[:, row : row + 6, column : column + 5] for row in range(3) for column in range(3)]
        assert any(image.equal(window) for window in windows)


def test_an_image_that_may_not_move_stays():
    images = torch.rand(4, 1, 5, 5, generator=generator())
    assert move(images, 0, generator()).equal(images)


def test_moves_come_from_the_generator_alone():
    images, state = torch.rand(9, 1, 6, 6, generator=generator()), torch.get_rng_state()
    one, same, other = (move(images, 2, generator(seed)) for seed in (1, 1, 2))
    assert one.equal(same)
    assert not one.equal(other)
    assert torch.get_rng_state().equal(state)
