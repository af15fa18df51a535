"""What a person chose on the planes: the image, the window, the pin; in the session and in the address."""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.state import link
from dashboard.state.keys import COLOUR, IMAGE, PLANE, PLANE_URL, SECOND_IMAGE, SHARED_PLANES, SHARED_URL
from dashboard.state.session import commit, current_address, now, refuse


def shared_image(images: int) -> int | None:
    """The test image, by index, that every part of a page shows, of so many; None before one is chosen."""
    return _index(IMAGE, images)


def second_image(images: int) -> int | None:
    """The test image, by index, that an interpolation ends at, likewise."""
    return _index(SECOND_IMAGE, images)


def choose_image(index: int, key: str = IMAGE) -> None:
    """Make a test image the shared one, or the second; as a callback or before the page runs again."""
    commit({key: str(index)})


def _index(key: str, images: int) -> int | None:
    return link.whole(current_address().get(key) or "", images)


def check_plane_link(
    images: int, latent_dim: int, classes: int, is_conditional: bool, columns: Sequence[str] = ()
) -> None:
    """Drop what the address says about the plane and cannot be followed, and say so.

    Args:
        images: how many test images there are.
        latent_dim: numbers in a latent code.
        classes: how many classes there are.
        is_conditional: whether the decoder is given a class.
        columns: names of what is known of each image beside its class.
    """
    conditions = classes if is_conditional else 0
    here = current_address()
    here.get(IMAGE)  # it travels
    for part, name in PLANE_URL.items():
        text = here.parts.get(name)
        about = images, latent_dim, classes, conditions, columns
        if text is not None and not link.fits_plane(part, text, *about):
            refuse(name, f"The link's {name}={link.said(text)} does not fit this run, so it is left out.")


COLOUR_WORDS = {
    "error": "coloured by its reconstruction error",
    "kl": "coloured by its KL",
    "density": "coloured by the density of the prior at its code",
    "predicted": "coloured by the class that a classifier sees in its reconstruction",
    "right": "coloured by whether a classifier finds its class in its reconstruction",
}
"""What stands in the place of "coloured by class", by the plane's name for it."""


def asked_colour() -> str:
    """What the dots are to be coloured by, as the plane names it; empty for their classes."""
    return current_address().get(PLANE_URL["colour"]) or ""


def shows_holes() -> bool:
    """Whether the plane is to show where its holes are."""
    return link.HOLES in current_address().parts.get(PLANE_URL["overlays"], "").split(",")


def keep_selection() -> None:
    """Write the plane's selection into the address, with the class it is drawn as; called when it changes."""
    chosen = now()[PLANE].get("selection") or {}
    commit(_selected(chosen) | {PLANE_URL["condition"]: chosen.get("condition") or None})


def _selected(chosen: Mapping[str, Any]) -> dict[str, str | None]:
    position = ",".join(map(link.number_text, chosen.get("code", ())))
    image = str(chosen["index"]) if "index" in chosen else None
    return {PLANE_URL["selection"]: image, PLANE_URL["position"]: position or None}


def keep_view() -> None:
    """Write the plane's window, axes, hidden classes, overlays, class, selected images and colours there."""
    view = now()[PLANE].get("view") or {}
    names = {"view": "view", "axes": "axes", "hidden": "hide", "overlays": "show", "condition": "condition"}
    names |= {"subset": "subset", "colour": "colour"}
    commit({PLANE_URL[part]: view.get(name) or None for part, name in names.items()}, PLANE_URL["view"])


def shared_colour() -> str:
    """What the dots of linked planes are to be coloured by, likewise; asked after `check_shared_link`."""
    return current_address().parts.get(COLOUR, "")


def check_shared_link(
    images: int, latent_dims: Mapping[str, int], classes: int, columns: Sequence[str] = ()
) -> None:
    """Drop what the address says about linked planes and cannot be followed, and say so.

    Args:
        images: how many test images there are.
        latent_dims: numbers in a latent code, by the run's id.
        classes: how many classes there are.
        columns: names of what is known of each image beside its class.
    """
    here = current_address()
    here.get(IMAGE)  # it travels
    # So does this; what only one plane can show waits for the page that has it.
    about = images, latent_dims, classes, "", columns
    if link.fits_group("colour", here.arrives(COLOUR) or "", *about):
        here.get(COLOUR)
    source = here.parts.get(SHARED_URL["source"], "")
    if source and source not in latent_dims:
        sentence = f"The link's at={link.said(source)} is none of the runs shown, so no position is pinned."
        refuse(SHARED_URL["source"], sentence)
        here.put({SHARED_URL["position"]: None})
    for part, name in SHARED_URL.items():
        text = here.parts.get(name)
        if text is not None and not link.fits_group(part, text, *about[:3], source, columns):
            refuse(name, f"The link's {name}={link.said(text)} does not fit these runs, so it is left out.")


def keep_shared_selection() -> None:
    """Write what is chosen on the linked planes into the address; called when it changes."""
    chosen = now()[SHARED_PLANES].get("selection") or {}
    commit(_selected(chosen) | {SHARED_URL["source"]: chosen.get("plane")})


def keep_shared_view() -> None:
    """Write the planes' link, hidden classes, overlays, class and colours into the address; likewise."""
    view = now()[SHARED_PLANES].get("view") or {}
    names = {"link": "link", "window": "window", "hidden": "hide", "overlays": "show"}
    names |= {"condition": "condition", "colour": "colour"}
    commit({SHARED_URL[part]: view.get(name) or None for part, name in names.items()})
