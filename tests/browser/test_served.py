"""How the dashboard is served: the same from any folder, and with headers that refuse what it never needs."""

import gzip
import re
import urllib.request

import pytest
from playwright.sync_api import expect

from benchmarks.harness.server import open_plane, served
from dashboard.services.security_headers import HEADERS

pytestmark = pytest.mark.xdist_group("served elsewhere")  # one server


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """The dashboard, started from a folder that is not the repository."""
    folder = tmp_path_factory.mktemp("elsewhere")
    with served(folder / "log", folder, AECORE_RUNS=str(folder / "runs")) as address:
        yield address


def test_a_first_visit_asks_no_other_host_and_leaves_the_largest_script_out(page, elsewhere):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    open_plane(page, elsewhere)
    page.get_by_role("tab", name="Training").click()
    expect(page.locator(".losses figure")).to_have_count(2)
    assert [url for url in asked if not url.startswith((elsewhere, "data:", "blob:"))] == []
    assert [url for url in asked if "plotly" in url.lower()] == []


@pytest.mark.parametrize("path", ["", "train", "_stcore/health", "_stcore/host-config", "nothing/there.js"])
def test_every_answer_tells_the_browser_what_to_refuse(elsewhere, path):
    try:
        headers = urllib.request.urlopen(f"{elsewhere}/{path}", timeout=60).headers
    except urllib.error.HTTPError as error:
        headers = error.headers
    assert {name: headers[name] for name in HEADERS} == HEADERS


def test_scripts_travel_compressed(elsewhere):
    page = urllib.request.urlopen(elsewhere, timeout=60).read().decode()
    script = re.search(r'src="\./(static/js/index[^"]+)"', page)[1]
    plain = urllib.request.urlopen(f"{elsewhere}/{script}", timeout=60).read()
    request = urllib.request.Request(f"{elsewhere}/{script}", headers={"Accept-Encoding": "gzip"})
    packed = urllib.request.urlopen(request, timeout=60).read()
    assert gzip.decompress(packed) == plain
    assert len(packed) < len(plain) / 2


def test_a_picture_or_a_script_of_another_host_is_refused(browser, elsewhere):
    page = browser.new_page()  # one whose console may complain
    open_plane(page, elsewhere)
    refused = page.evaluate(
        """() => new Promise((resolve) => {
            const found = [];
            document.addEventListener("securitypolicyviolation", (event) => {
                found.push(event.effectiveDirective);
                if (found.length === 3) resolve(found.sort());
            });
            document.body.append(Object.assign(new Image(), { src: "http://localhost:9/a.png" }));
            const script = document.createElement("script");
            script.src = "http://localhost:9/a.js";
            const inline = document.createElement("script");
            inline.textContent = "window.wasRun = true";
            document.body.append(script, inline);
        })"""
    )
    assert refused == ["img-src", "script-src-elem", "script-src-elem"]
    assert page.evaluate("window.wasRun") is None
    page.close()


def test_a_worker_may_compile_webassembly_and_no_javascript(browser, elsewhere):
    page = browser.new_page()  # one whose console may complain
    open_plane(page, elsewhere)
    found = page.evaluate(
        """() => new Promise((resolve) => {
            const work = `
                const outcome = (work) => {
                    try { work(); return "allowed"; } catch (error) { return error.name; }
                };
                const empty = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);
                postMessage([outcome(() => new WebAssembly.Module(empty)), outcome(() => self.eval("1"))]);`;
            const worker = new Worker(URL.createObjectURL(new Blob([work], { type: "text/javascript" })));
            worker.onmessage = ({ data }) => resolve(data);
        })"""
    )
    assert found == ["allowed", "EvalError"]
    page.close()


def test_another_site_cannot_frame_the_dashboard(browser, elsewhere):
    page = browser.new_page()
    page.set_content(f"<iframe src='{elsewhere}'></iframe>")
    page.wait_for_timeout(1500)
    assert page.frames[1].url.startswith("chrome-error")
    page.close()
