"""The style of the frame, in every page from the first byte and in nothing else; the way to the first one."""

from pathlib import Path
from urllib.parse import unquote

import pytest
from starlette.responses import HTMLResponse, PlainTextResponse

from dashboard.services.home_redirect import HomeRedirect
from dashboard.services.page_style import PageStyle
from tests.asgi import ask, run

STYLE = "#root { color: red }"
PAGE = "<html><head><title>a</title></head><body></body></html>"
HTML = {"accept": "text/html,*/*"}


@pytest.fixture
def style(tmp_path: Path) -> Path:
    (tmp_path / "frame.css").write_text(STYLE)
    return tmp_path / "frame.css"


def test_a_page_has_the_style_at_the_end_of_its_head_and_no_tag_of_the_page_without_it(style):
    app = HTMLResponse(PAGE, headers={"etag": '"a"', "last-modified": "now"})
    _, headers, body = run(ask(PageStyle(app, [style]), "/explore", **HTML))
    assert body.decode() == PAGE.replace("</head>", f"<style>{STYLE}</style></head>")
    assert int(headers["content-length"]) == len(body)
    assert not {"etag", "last-modified"} & set(headers)


def test_a_page_is_asked_for_uncompressed_so_that_it_can_be_added_to(style):
    seen = []

    async def app(scope, receive, send):
        seen.extend(name for name, _ in scope["headers"])
        await HTMLResponse(PAGE)(scope, receive, send)

    run(ask(PageStyle(app, [style]), "/explore", **HTML))
    assert b"accept" in seen
    assert b"accept-encoding" not in seen


@pytest.mark.parametrize("accept", ["*/*", "application/json"])
def test_who_asks_for_no_page_is_answered_as_before(style, accept):
    _, _, body = run(ask(PageStyle(HTMLResponse(PAGE), [style]), "/explore", accept=accept))
    assert body.decode() == PAGE


@pytest.mark.parametrize("answer", [PlainTextResponse(PAGE), HTMLResponse(PAGE, status_code=404)])
def test_what_is_no_page_passes_as_it_is(style, answer):
    _, _, body = run(ask(PageStyle(answer, [style]), "/explore", **HTML))
    assert body.decode() == PAGE


@pytest.mark.parametrize("path", ["/", "/?image=7&show=a%0d%0ab"])
def test_the_root_leads_to_a_page_with_what_the_link_asks_for(path):
    app = HomeRedirect(PlainTextResponse("a page"), "explore")
    status, headers, _ = run(ask(app, path))
    assert (status, headers["location"]) == (307, "explore" + path[1:])
    assert run(ask(app, "/explore"))[2] == b"a page"
    assert run(ask(app, "/", "POST"))[2] == b"a page"


def test_under_a_path_of_its_own_the_root_is_there():
    app = HomeRedirect(PlainTextResponse("a page"), "explore", base="/lab")
    assert run(ask(app, "/lab/"))[1]["location"] == "explore"
    assert run(ask(app, "/lab?image=7"))[1]["location"] == "lab/?image=7"
    assert run(ask(app, "/"))[2] == b"a page"


@pytest.mark.parametrize(("base", "name"), [("", "explore"), ("/lab", "caf%C3%A9")])
def test_what_lies_below_a_page_leads_to_it(base, name):
    app = HomeRedirect(HTMLResponse(PAGE), "explore", base=base)
    path = f"{base}/{unquote(name)}"
    status, headers, body = run(ask(app, f"{path}/extra/path?image=7"))
    assert (status, headers["location"], body) == (307, f"../../{name}?image=7", b"")
    assert run(ask(app, path))[0] == 200
    assert run(ask(app, f"{path}/a", "POST"))[0] == 200


@pytest.mark.parametrize("answer", [PlainTextResponse("a file"), HTMLResponse(PAGE, status_code=404)])
def test_a_file_in_a_folder_is_answered(answer):
    status, _, body = run(ask(HomeRedirect(answer, "explore"), "/static/js/a.js"))
    assert (status, body) == (answer.status_code, answer.body)


def test_a_download_is_answered_though_it_is_a_page():
    saved = HTMLResponse(PAGE, headers={"content-disposition": 'attachment; filename="a.html"'})
    assert run(ask(HomeRedirect(saved, "explore"), "/media/0123.html"))[2].decode() == PAGE


def test_who_comes_first_and_for_nothing_in_particular_is_welcomed_once():
    app = HomeRedirect(PlainTextResponse("a page"), "explore", welcome=("welcome=1", "seen"))
    assert run(ask(app, "/"))[1]["location"] == "explore?welcome=1"
    assert run(ask(app, "/?image=7"))[1]["location"] == "explore?image=7"
    assert run(ask(app, "/", cookie="a=b; seen=1"))[1]["location"] == "explore"
    assert run(ask(app, "/", cookie="unseen=1; \x00;=;"))[1]["location"] == "explore?welcome=1"
