"""Mounting what a component shows, where its bytes are fetched from an address."""

import pytest
from playwright.sync_api import Page, Route

from benchmarks.harness.modules import module_page
from tests.browser.idle import until

START = """async () => {
    const { mounting } = await import("/lib/streamlit/mount.js");
    document.body.innerHTML = '<main><div class="toy"><p data-part="problem" hidden></p></div></main>';
    window.told = [];
    const make = (root, bytes, host, about) => ({
        bytes,
        start: () => told.push(`start ${bytes.join()} ${about?.group}`),
        renew: () => told.push(`renew ${bytes.join()}`),
        dispose: () => told.push(`dispose ${bytes.join()}`),
    });
    const entry = mounting(".toy", make, "toy");
    const parentElement = document.querySelector("main");
    window.mount = (data) => void (window.leave = entry({ parentElement, data }));
    window.at = (address) => mount({ address, about: { group: address } });
}"""


@pytest.fixture(scope="module")
def blank(browser):
    with module_page(browser) as page:
        yield page


@pytest.fixture
def page(blank: Page):
    blank.evaluate(START)
    yield blank
    blank.unroute_all()


def serve(page: Page, address: str, content: bytes | None) -> list[Route]:
    """Answer for an address, with 404 where there is nothing; gives what was asked."""
    asked: list[Route] = []

    def answer(route: Route) -> None:
        asked.append(route)
        route.fulfill(status=404 if content is None else 200, body=content or b"")

    page.route(f"**/{address}", answer)
    return asked


def hold(page: Page, address: str) -> list[Route]:
    """The questions for an address, to be answered later."""
    asked: list[Route] = []
    page.route(f"**/{address}", lambda route: asked.append(route))  # noqa: PLW0108  it marks its handler
    return asked


def told(page: Page) -> list[str]:
    return page.evaluate("told")


def test_bytes_are_fetched_once_and_shown_with_what_was_told_beside(page):
    asked = serve(page, "planes/a", b"\x01")
    page.evaluate("at('planes/a')")
    until(page, lambda: told(page) == ["start 1 planes/a"])
    page.evaluate("at('planes/a')")
    assert told(page) == ["start 1 planes/a", "renew 1"]
    assert len(asked) == 1


def test_what_was_there_stays_out_of_reach_until_the_other_has_come(page):
    asked = hold(page, "planes/b")
    page.evaluate("mount(new Uint8Array([1]))")
    page.evaluate("at('planes/b')")
    until(page, lambda: len(asked) == 1)
    assert told(page) == ["start 1 undefined"]
    assert page.evaluate("document.querySelector('.toy').ariaBusy") == "true"
    asked[0].fulfill(body=b"\x02")
    until(page, lambda: told(page) == ["start 1 undefined", "dispose 1", "start 2 planes/b"])
    assert page.evaluate("document.querySelector('.toy').ariaBusy") is None


def test_of_two_that_were_asked_for_the_last_is_shown_whichever_comes_first(page):
    asked = hold(page, "planes/slow")
    page.evaluate("at('planes/slow')")
    until(page, lambda: len(asked) == 1)
    serve(page, "planes/quick", b"\x02")
    page.evaluate("at('planes/quick')")
    until(page, lambda: told(page) == ["start 2 planes/quick"])
    asked[0].fulfill(body=b"\x01")
    page.evaluate("at('planes/quick')")
    assert told(page) == ["start 2 planes/quick", "renew 2"]


def test_what_takes_long_is_said_until_it_has_come(page):
    asked = hold(page, "planes/long")
    page.evaluate("at('planes/long')")
    problem = page.locator("[data-part=problem]")
    problem.wait_for()
    assert problem.inner_text() == "Loading the toy …"
    asked[0].fulfill(body=b"\x01")
    until(page, lambda: told(page) == ["start 1 planes/long"])
    assert problem.is_hidden()


def test_what_does_not_come_is_said_and_asked_for_again_when_the_page_runs_again(page):
    serve(page, "planes/gone", None)
    page.evaluate("at('planes/gone')")
    problem = page.locator("[data-part=problem]")
    problem.wait_for()
    assert problem.inner_text().startswith("The toy cannot be shown: what it shows did not come")
    page.unroute_all()
    serve(page, "planes/gone", b"\x03")
    page.evaluate("at('planes/gone')")
    until(page, lambda: told(page) == ["start 3 planes/gone"])


def test_what_did_not_come_is_asked_for_again_by_a_button(page):
    serve(page, "planes/gone", None)
    page.evaluate("at('planes/gone')")
    button = page.get_by_role("button", name="Try again")
    button.wait_for()
    page.unroute_all()
    serve(page, "planes/gone", b"\x03")
    button.click()
    until(page, lambda: told(page) == ["start 3 planes/gone"])
    assert page.locator("[data-part=problem]").is_hidden()


def test_of_what_was_there_nothing_is_seen_once_the_other_is_known_not_to_come(page):
    page.evaluate("mount(new Uint8Array([1]))")
    is_ready = "document.querySelector('.toy').classList.contains('is-ready')"
    assert page.evaluate(is_ready)
    serve(page, "planes/gone", None)
    page.evaluate("at('planes/gone')")
    page.locator("[data-part=problem]").wait_for()
    assert not page.evaluate(is_ready)


def test_what_is_no_longer_wanted_is_not_made(page):
    asked = hold(page, "planes/late")
    page.evaluate("at('planes/late')")
    until(page, lambda: len(asked) == 1)
    page.evaluate("leave()")
    asked[0].fulfill(body=b"\x01")
    page.evaluate("fetch('/').then((answer) => answer.text())")
    assert told(page) == []
