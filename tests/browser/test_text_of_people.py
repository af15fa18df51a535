"""Names, notes and links are shown as they are: no picture is fetched, and none becomes a link."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from aecore.storage.settings import SHIPPED
from aecore.storage.store import RunStore
from benchmarks.harness.server import served

NAMES = {
    "digits-vae-z2": "![](//host.test/p.png) :red[x]",
    "digits-ae-z2": "[click](http://host.test) $x$",
    "digits-aae-z2": "www.host.test <b>y</b> :smile:",
}
pytestmark = pytest.mark.xdist_group("text of people")  # one server
NOTE = "http://host.test/note\n# :material/home: ![](http://host.test/n.png)\nme@host.test"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory) -> Iterator[str]:
    """A dashboard with runs whose names and notes are Markdown; their ids are those of the shipped ones."""
    folder = tmp_path_factory.mktemp("hostile")
    store = RunStore(folder / "runs")
    for name, text in NAMES.items():
        shipped = RunStore(SHIPPED).open(name)
        target = store.root / shipped.run_id
        target.mkdir(parents=True)
        for file in shipped.path.iterdir():
            (target / file.name).write_bytes(file.read_bytes())
        store.annotate(store.open(shipped.run_id), text, NOTE)
    with served(folder / "server.log", AECORE_RUNS=str(store.root)) as address:
        yield address


def watched(page: Page) -> list[str]:
    """Every address that is asked for outside this machine, as it goes."""
    asked: list[str] = []

    def note(request) -> None:
        if urlsplit(request.url).hostname not in ("127.0.0.1", None):  # data and blobs have none
            asked.append(request.url)

    page.on("request", note)
    return asked


def settled(page: Page) -> None:
    """Wait until Streamlit is at rest."""
    page.get_by_test_id("stApp").wait_for()
    page.wait_for_function("() => !document.querySelector('[data-testid=stStatusWidget]')", timeout=90_000)


def reads(page: Page, text: str) -> None:
    """Wait until the page shows a text, whatever signs that print nothing stand in it."""
    shown = "text => document.body.innerText.replaceAll('\\u2060', '').includes(text)"
    page.wait_for_function(shown, arg=text, timeout=90_000)


def test_names_and_notes_are_shown_as_they_are_on_train(page, hostile):
    asked = watched(page)
    page.goto(f"{hostile}/train?dataset=digits&part=runs")
    for name in NAMES.values():
        reads(page, name)
    for line in NOTE.splitlines():
        reads(page, line)
    settled(page)
    assert page.locator("a[href*='host.test'], img[src*='host.test'], .katex").count() == 0
    assert asked == []


def test_names_are_shown_as_they_are_on_compare_in_every_section(page, hostile):
    asked = watched(page)
    runs = ",".join(RunStore(SHIPPED).open(name).run_id for name in NAMES)
    page.goto(f"{hostile}/compare?dataset=digits&runs={runs}&section=Coverage")
    for section in ("Coverage", "Prior samples", "Interpolation"):
        chosen = page.locator(".st-key-compare-drawer").get_by_role("radio", name=section)
        chosen.check(timeout=90_000, force=True)
        expect(chosen).to_be_checked(timeout=90_000)
        page.wait_for_url(re.compile(rf"[?&]section={section.replace(' ', '.')}"))
        settled(page)
        assert page.locator("a[href*='host.test'], img[src*='host.test']").count() == 0
    assert asked == []


def test_what_a_link_asks_for_is_quoted_as_it_is(page, hostile):
    asked = watched(page)
    page.goto(f"{hostile}/explore?dataset=digits&variant=![](//host.test/p.png)&run=[x](http://host.test)")
    reads(page, "The link asks for the model '![](//host.test/p.png)'")
    settled(page)
    assert page.locator("a[href*='host.test'], img[src*='host.test']").count() == 0
    assert asked == []
