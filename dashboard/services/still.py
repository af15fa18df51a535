"""A still picture of the plane that Explore opens with, seen while the page loads, until the plane draws."""

from pathlib import Path
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope

from dashboard.state import keys

FOLDER = Path(__file__).parent / "stills"
SCHEMES = ("light", "dark")
DATASET, VARIANT, RUN = "mnist", "vae", "mnist-vae-z2-eab126f9af"
"""Whose plane it is: the run that Explore shows where nothing else is asked for."""
SHOWN = {keys.DATASET: DATASET, keys.VARIANT: VARIANT, keys.RUN: RUN, keys.WELCOME: "1"}
HEADERS = {"Cache-Control": "public, max-age=31536000, immutable"}  # its name holds the run's
STYLE = """<style>
#still {
  display: none;
  position: fixed;
  z-index: 1;
  left: 16px;
  width: var(--side);
  height: var(--side);
  background: url("stills/{light}") center / 100% 100%;
  pointer-events: none;
}
@media (prefers-color-scheme: dark) {
  #still { background-image: url("stills/{dark}"); }
}
@media (min-width: 1100px) {
  #still { display: block; top: 100px; --side: max(280px, min(100dvh - 144px, 100vw - 640px)); }
}
@media (min-width: 600px) and (max-width: 899px) {
  #still { display: block; top: 140px; --side: min(62dvh, 100vw - 172px); }
}
@media (max-width: 599px) {
  #still { display: block; top: 156px; --side: calc(100vw - 32px); }
}
body.no-still #still,
body:has([data-test-script-state="notRunning"]):not(:has(.st-key-explore-stage)) #still {
  display: none;
}
</style><div id="still" aria-hidden="true"></div>"""


def picture(scheme: str) -> str:
    """The file of the picture for one colour scheme."""
    return f"{RUN}-{scheme}.webp"


def markup(scope: Scope) -> bytes:
    """What stands at the beginning of a page's body.

    Args:
        scope: of the request for the page.

    Returns:
        HTML; nothing for any other page or run, or where something else of the plane is asked for.
    """
    asked = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    is_default = all(SHOWN.get(name) == value for name, value in asked)
    if not scope["path"].endswith("/explore") or not is_default:
        return b""
    style = STYLE
    for scheme in SCHEMES:
        style = style.replace("{" + scheme + "}", picture(scheme))
    return style.encode()


async def _answer(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in map(picture, SCHEMES):
        return Response(status_code=404)
    return Response((FOLDER / name).read_bytes(), media_type="image/webp", headers=HEADERS)


def route(base: str = "") -> Route:
    """How the server answers for the pictures.

    Args:
        base: path under which the server stands, "" or as "/lab".

    Returns:
        The route; it answers 404 for any other file.
    """
    return Route(f"{base}/stills/{{name}}", _answer)
