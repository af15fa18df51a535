"""The still picture of the default plane: in the page that opens with it and in no other."""

import pytest
from PIL import Image
from starlette.applications import Starlette

from aecore.storage.store import RunStore
from dashboard.services import still
from tests.asgi import ask, run

APP = Starlette(routes=[still.route()])


def markup(path: str) -> bytes:
    path, _, query = path.partition("?")
    return still.markup({"path": path, "query_string": query.encode()})


@pytest.mark.parametrize(
    "path",
    ["/explore", "/lab/explore", "/explore?welcome=1", f"/explore?dataset=mnist&variant=vae&run={still.RUN}"],
)
def test_the_page_that_opens_with_the_plane_begins_with_its_picture(path):
    assert b'<div id="still"' in markup(path)


@pytest.mark.parametrize(
    "path",
    [
        "/compare",
        "/",
        "/explore?variant=ae",
        "/explore?view=0,0,1",
        "/explore?hide=",
        "/explore?dataset=\xff",
    ],
)
def test_a_page_that_shows_anything_else_has_no_picture(path):
    assert markup(path) == b""


def test_it_is_of_the_run_that_explore_opens_with():
    runs = RunStore().listing().runs
    first = next(
        one for one in runs if one.config.dataset == still.DATASET and one.config.variant == still.VARIANT
    )
    assert first.run_id == still.RUN


@pytest.mark.parametrize("scheme", still.SCHEMES)
def test_the_picture_is_there_for_each_scheme_and_small(scheme):
    status, headers, body = run(ask(APP, f"/stills/{still.picture(scheme)}"))
    assert (status, headers["content-type"]) == (200, "image/webp")
    assert "immutable" in headers["cache-control"]
    assert len(body) < 100_000
    with Image.open(still.FOLDER / still.picture(scheme)) as opened:
        assert opened.size == (864, 864)


@pytest.mark.parametrize("name", ["other.webp", "..%2fstill.py", "%2e%2e"])
def test_no_other_file_is_given(name):
    assert run(ask(APP, f"/stills/{name}"))[0] == 404
