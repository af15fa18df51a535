"""Training as a stranger does it: watched, reloaded, paused, killed, kept, rewound, deleted and undone."""

import io
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from aecore import jobs, runs
from aecore.jobs import Job
from aecore.models import variants
from aecore.storage.store import RunStore
from benchmarks.harness.modules import module_page
from benchmarks.harness.server import served
from dashboard.components.loss_charts import FRONTEND
from dashboard.figures.loss_curves import axes, loss_curves
from dashboard.figures.numbers import plain

pytestmark = pytest.mark.xdist_group("train")  # one server, whose worker trains one after the other
SECONDS = 120_000
SLOW = "&set.batch_size=4&set.epochs=5000"
"""Epochs of half a second, so that each is shown, and more of them than a test waits for."""


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> RunStore:
    """The runs of this file's server."""
    return RunStore(tmp_path_factory.mktemp("train") / "runs")


@pytest.fixture(autouse=True)
def none_left(store: RunStore) -> Iterator[None]:
    """What still trains at the end of a test is discarded: the next one would wait for it."""
    yield
    for job in jobs.listing(store):
        if not job.is_over:
            jobs.send_command(job, "discard")
    until(lambda: not any(job.is_alive for job in jobs.listing(store)))


@pytest.fixture(scope="module")
def trainer(store: RunStore) -> Iterator[str]:
    """The dashboard, with a folder of runs of its own."""
    with served(store.root.parent / "server.log", AECORE_RUNS=str(store.root)) as address:
        yield address


def until(found: Callable[[], Any], seconds: float = 30) -> Any:
    """Wait for something that is not nothing."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := found():
            return value
        time.sleep(0.1)
    raise AssertionError("It never came.")


def begin(page: Page, trainer: str, search: str) -> None:
    """Press Train on a form that a link has filled."""
    page.goto(f"{trainer}/train?dataset=digits&variant=vae{search}")
    page.get_by_role("button", name="Train", exact=True).click(timeout=SECONDS)
    expect(page.get_by_test_id("rewind-epoch")).to_be_visible(timeout=SECONDS)


def epoch_of(page: Page) -> int:
    """The epoch whose codes the plane shows."""
    return int(re.search(r"\d+", page.get_by_test_id("rewind-epoch").inner_text())[0])


def wait_past(page: Page, epoch: int) -> int:
    page.wait_for_function(
        "([node, epoch]) => Number(node.textContent.match(/[0-9]+/)[0]) > epoch",
        arg=[page.get_by_test_id("rewind-epoch").element_handle(), epoch],
        timeout=SECONDS,
    )
    return epoch_of(page)


def pixels(image: Locator) -> list[int]:
    return image.evaluate(
        "image => Array.from(image.getContext('2d').getImageData(0, 0, image.width, image.height).data)"
    )


def press(page: Page, name: str | re.Pattern) -> None:
    page.get_by_role("button", name=name).first.click()


def rest(page: Page) -> None:
    """Wait until no script runs: what is pressed meanwhile may move away under the pointer."""
    page.wait_for_function("() => !document.querySelector('[data-testid=stStatusWidget]')", timeout=SECONDS)


def the_job(store: RunStore, seed: int = 0) -> Job:
    (job,) = [job for job in jobs.listing(store) if not job.is_over and job.config.seed == seed]
    return job


def test_the_training_comes_into_view_when_it_begins_and_a_link_leads_back_to_it(page, trainer):
    page.set_viewport_size({"width": 390, "height": 600})
    begin(page, trainer, SLOW + "&set.seed=8")
    heading = page.get_by_role("heading", name="Variational autoencoder on Digits", exact=False).last
    expect(heading).to_be_in_viewport()
    link = page.get_by_role("link", name="beside this form")
    link.scroll_into_view_if_needed()
    expect(heading).not_to_be_in_viewport()
    link.click()
    expect(heading).to_be_in_viewport()
    page.get_by_role("button", name="Stop and discard").click()
    page.get_by_role("button", name="Discard it").click()
    expect(page.get_by_text("Training discarded.")).to_be_visible(timeout=SECONDS)


def test_a_training_unfolds_survives_a_reload_obeys_and_is_rewound(page, trainer, store):
    begin(page, trainer, SLOW)
    plane = page.get_by_test_id("rewind-plane")
    box = plane.bounding_box()
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.4 * box["height"])
    image, seen = page.get_by_test_id("rewind-image"), [epoch_of(page)]
    drawn, decoded = [plane.screenshot()], [pixels(image)]
    for _ in range(3):  # the plane moves, and the resting pointer decodes with newer weights
        seen.append(wait_past(page, seen[-1]))
        drawn.append(until(lambda: (now := plane.screenshot()) != drawn[-1] and now))
        decoded.append(until(lambda: (now := pixels(image)) != decoded[-1] and now))
    expect(page.get_by_test_id("losses").locator("figure")).to_have_count(2)

    page.reload()
    expect(page.get_by_test_id("rewind-epoch")).to_be_visible(timeout=SECONDS)
    assert wait_past(page, seen[-1]) > seen[-1]

    other = page.context.new_page()  # another browser sees, and steers, the same training
    other.goto(f"{trainer}/train?dataset=digits&variant=vae")
    expect(other.get_by_test_id("rewind-epoch")).to_be_visible(timeout=SECONDS)
    press(other, "Pause")
    for one in (other, page):
        expect(one.get_by_text(re.compile(r"^Paused after epoch \d+ of 5000"))).to_be_visible(timeout=SECONDS)
    other.close()
    paused = the_job(store).progress.epoch
    assert wait_past(page, paused - 1) == paused
    press(page, "One epoch")
    expect(page.get_by_text(f"Paused after epoch {paused + 1} of 5000")).to_be_visible(timeout=SECONDS)
    assert the_job(store).progress.epoch == paused + 1
    press(page, "Resume")
    wait_past(page, paused + 1)

    press(page, re.compile("^Stop and keep"))
    expect(page.get_by_text("is trained and stored", exact=False)).to_be_visible(timeout=SECONDS)
    (run,) = [run for run in RunStore(store.root).listing().runs if not run.is_shipped]
    assert paused + 1 < run.config.stop_after < 5000
    rewind(page, run.config.stop_after)


def rewind(page: Page, last: int) -> None:
    """Drag the scrubber back to the untrained model: plane and pictures change, nothing is sent for it."""
    scrubber = page.get_by_test_id("scrubber")
    expect(scrubber).to_have_count(1, timeout=SECONDS)  # the live plane has gone
    expect(scrubber).to_be_visible(timeout=SECONDS)
    assert epoch_of(page) == last
    after = page.get_by_test_id("rewind-plane").screenshot(), pixels(page.get_by_test_id("rewind-image"))
    scrubber.scroll_into_view_if_needed()
    box = scrubber.bounding_box()
    page.mouse.move(box["x"] + box["width"] - 8, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 2, box["y"] + box["height"] / 2, steps=10)
    page.mouse.up()
    expect(page.get_by_test_id("rewind-epoch")).to_contain_text("Epoch 0")
    expect(page.get_by_test_id("rewind-decoder")).to_contain_text("epoch 0")
    until(lambda: page.get_by_test_id("rewind-plane").screenshot() != after[0])
    until(lambda: pixels(page.get_by_test_id("rewind-image")) != after[1])


def test_no_edit_is_lost_when_a_training_ends_and_the_form_makes_way_for_the_rewind(page, trainer, store):
    page.set_viewport_size({"width": 1280, "height": 720})
    begin(page, trainer, SLOW + "&set.seed=21")
    form, seed = page.locator(".st-key-train-form"), page.get_by_role("spinbutton", name="Seed")
    name = page.get_by_role("textbox", name="Name")
    name.fill("The next one")
    name.press("Tab")
    seed.click()
    seed.press("Control+a")
    page.keyboard.type("22")  # and not left yet: only the field knows
    wait_past(page, 0)
    jobs.send_command(the_job(store, seed=21), "keep")
    expect(page.get_by_text("is trained and stored", exact=False)).to_be_visible(timeout=SECONDS)
    rest(page)
    expect(seed).to_be_focused()
    expect(seed).to_have_value("22")
    expect(form).to_be_visible()
    seed.press("Tab")
    page.wait_for_url(re.compile(r"set\.seed=22"), timeout=SECONDS)
    rest(page)
    expect(form).to_be_visible()  # it asks for something else than the run beside it
    expect(name).to_have_value("The next one")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_role("heading", name="The next one")).to_be_visible(timeout=SECONDS)
    job = the_job(store, seed=22)
    assert job.name == "The next one"
    jobs.send_command(job, "discard")
    until(lambda: jobs.find(job.run_id, store) is None)


def test_who_only_watched_sees_what_a_training_has_become_and_closes_it(page, trainer, store):
    page.set_viewport_size({"width": 1280, "height": 720})
    config = variants.configure("vae", "digits", epochs=5000, batch_size=4, seed=31)
    jobs.submit(config, store=store)
    page.goto(f"{trainer}/train?dataset=digits&variant=vae")
    expect(page.get_by_test_id("rewind-epoch")).to_be_visible(timeout=SECONDS)
    wait_past(page, 1)
    assert "job=" not in page.url
    live = page.get_by_test_id("rewind-plane").bounding_box()
    press(page, re.compile("^Stop and keep"))
    expect(page.get_by_text("is trained and stored", exact=False)).to_be_visible(timeout=SECONDS)
    page.wait_for_url(re.compile("job="), timeout=SECONDS)
    rest(page)
    form = page.locator(".st-key-train-form")
    expect(form).to_be_hidden()
    over = page.get_by_test_id("rewind-plane").bounding_box()
    assert over["width"] == live["width"]
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollTop") == 0
    expect(page.get_by_test_id("scrubber")).to_be_in_viewport(ratio=1)
    expect(page.get_by_test_id("losses").locator("figure").last).to_be_in_viewport(ratio=0.9)
    page.get_by_role("button", name="New training").click()
    expect(form).to_be_visible(timeout=SECONDS)
    expect(page.locator("table.layers")).to_be_visible()
    assert "job=" not in page.url


def assert_fits(page: Page, side: int) -> None:
    """All of a training is in sight, with a plane of at least so many pixels."""
    plane = page.get_by_test_id("rewind-plane").bounding_box()
    assert min(plane["width"], plane["height"]) >= side
    parts = [page.get_by_role("button", name=re.compile(name)) for name in ("^Pause", "^Stop and keep")]
    parts += [page.locator(".st-key-train-start")]
    parts += [page.get_by_test_id("fixed-image").last, page.get_by_test_id("legend-item").last]
    parts += [page.get_by_test_id("losses").locator("figure").last]
    for part in parts:
        expect(part.first).to_be_in_viewport(ratio=0.95)
    assert page.get_by_test_id("fixed-image").count() == 8
    box = page.get_by_test_id("losses").bounding_box()
    panel = page.locator(".rewind .panel").bounding_box()
    assert box["y"] >= panel["y"] + panel["height"] - 1


def test_the_whole_tool_fits_the_first_screen_while_it_trains(page, trainer):
    """On a laptop, and on a large screen, where the same training is opened anew."""
    page.set_viewport_size({"width": 1280, "height": 720})
    begin(page, trainer, SLOW + "&set.seed=1280")
    wait_past(page, 0)
    rest(page)
    assert_fits(page, 400)
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.reload()
    expect(page.get_by_test_id("rewind-epoch")).to_be_visible(timeout=SECONDS)
    rest(page)
    assert_fits(page, 760)
    page.get_by_role("button", name="Stop and discard").click()
    page.get_by_role("button", name="Discard it").click()
    expect(page.get_by_text("Training discarded.")).to_be_visible(timeout=SECONDS)


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (390, 844)])
def test_before_anything_trains_the_button_is_in_sight(page, trainer, width, height):
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{trainer}/train?dataset=digits&variant=aae")
    button = page.get_by_role("button", name="Train", exact=True)
    expect(button).to_be_in_viewport(ratio=1, timeout=SECONDS)
    page.get_by_text("More settings").click()
    rest(page)
    expect(button).to_be_in_viewport(ratio=1)


def test_a_worker_that_is_killed_is_resumed_by_itself_and_the_page_says_so(page, trainer, store):
    begin(page, trainer, SLOW + "&set.seed=1")
    before = wait_past(page, 2)
    job = the_job(store, seed=1)
    os.kill(job.progress.pid, signal.SIGKILL)
    said = page.get_by_text(re.compile(r"resumed after epoch \d+: the worker had ended"))
    expect(said).to_be_visible(timeout=SECONDS)
    assert int(re.search(r"resumed after epoch (\d+)", said.inner_text())[1]) >= before - 1
    assert wait_past(page, before) > before
    assert the_job(store, seed=1).progress.pid != job.progress.pid
    press(page, "Stop and discard")
    press(page, "Discard it")
    until(lambda: jobs.find(job.run_id, store) is None)
    expect(page.get_by_text("Stop and discard")).to_have_count(0, timeout=SECONDS)


def test_a_run_is_named_taken_along_deleted_undone_and_brought_in(page, trainer, store, tmp_path):
    run = runs.train("ae", "digits", store=store, epochs=2).stored
    page.goto(f"{trainer}/train?dataset=digits")
    page.get_by_role("radio", name="Your runs").click(timeout=SECONDS)
    card = page.locator(f".st-key-run-{run.run_id}")
    expect(card).to_be_visible(timeout=SECONDS)
    card.get_by_text("Name and note").click()
    naming = page.get_by_role("dialog", name="Name and note")
    naming.get_by_role("textbox", name="Name").fill("My own")
    naming.get_by_role("button", name="Save").click()
    expect(card.get_by_text("My own")).to_be_visible(timeout=SECONDS)
    expect(naming).to_have_count(0)
    rest(page)
    with page.expect_download() as download:
        card.get_by_role("button", name="Export").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.name == f"{run.run_id}.aerun"
    for _ in range(2):
        card.get_by_role("button", name="Delete").click()
        expect(page.get_by_text("My own was deleted", exact=False)).to_be_visible(timeout=SECONDS)
        assert not run.path.exists()
        if not (tmp_path / "undone").exists():
            page.get_by_role("button", name="Undo").click()
            expect(card).to_be_visible(timeout=SECONDS)
            assert run.path.exists()
            (tmp_path / "undone").touch()
    page.get_by_text("Import a run").click()
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(file)
    expect(page.get_by_role("button", name=f"Remove {file.name}")).to_be_visible(timeout=SECONDS)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("My own is here now.")).to_be_visible(timeout=SECONDS)
    assert RunStore(store.root).open(run.run_id).annotation.name == "My own"
    rest(page)
    card.get_by_text("Open on Explore").click()
    expect(page.get_by_test_id("latent-plane")).to_be_visible(timeout=SECONDS)
    assert f"run={run.run_id}" in page.url


# The charts of losses, on an empty page


MOUNT = """async ([html, css, script, charts]) => {
    const parentElement = document.body;
    if (!window.mountLosses) {
        document.body.innerHTML = `<style>${css}</style>${html}`;
        const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
        window.mountLosses = (await import(url)).default;
    }
    window.mountLosses({ parentElement, data: { charts } });
}"""


def mounted(page: Page, history: list[dict]) -> Locator:
    parts = [(FRONTEND / f"losses.{kind}").read_text("utf-8") for kind in ("html", "css", "js")]
    page.evaluate(MOUNT, [*parts, loss_curves(history, 20)])
    return page.locator("figure").first


def history(epochs: int) -> list[dict]:
    return [
        {"number": n, "stage": "training", "train": {"kl": 30.0 / n}, "test": {"kl": 33.0 / n}}
        for n in range(1, epochs + 1)
    ]


@pytest.fixture
def blank(browser) -> Iterator[Page]:
    with module_page(browser, FRONTEND) as page:
        yield page


def test_a_chart_is_read_off_under_the_pointer_and_goes_on_when_an_epoch_comes(blank):
    figure = mounted(blank, history(9))
    box = figure.locator("> svg").bounding_box()
    across, _ = axes(history(9), "kl", 20, is_log=False)
    scale = box["width"] / float(figure.locator("> svg").get_attribute("viewBox").split()[2])
    blank.mouse.move(box["x"] + scale * across.place(5.2), box["y"] + box["height"] / 2)
    assert "epoch 5" in figure.inner_text()
    assert "train 6" in figure.inner_text()
    assert "test 6.6000" in figure.inner_text()
    figure = mounted(blank, history(10))
    assert "epoch 5" in figure.inner_text()
    blank.mouse.move(5, box["y"] + box["height"] + 200)
    expect(figure).to_contain_text("epoch 10")
    assert "test 3.3000" in figure.inner_text()


def test_a_chart_writes_numbers_as_the_page_does(blank):
    values = [0.12345, 9.99, 10.0, 99.994, 100.26, 1234.5, -0.5]
    written = blank.evaluate(
        "async (values) => { const { plain } = await import('/losses.js'); return values.map(plain); }",
        values,
    )
    assert written == [plain(value) for value in values]


def share_of_codes(picture: np.ndarray) -> float:
    """Share of the pixels that are not of the ground's grey."""
    return float((np.abs(picture - np.median(picture)) > 40).mean())


def test_scrolled_partly_out_of_sight_the_plane_still_shows_every_code(page, trainer):
    plane = page.get_by_test_id("rewind-plane")

    def lower_half() -> np.ndarray:
        box = plane.bounding_box()
        left, middle = round(box["x"]), round(box["y"] + box["height"] / 2)
        whole = Image.open(io.BytesIO(page.screenshot())).convert("L")  # a clipped one is drawn anew
        return np.asarray(whole, int)[middle : middle + 240, left : left + 490]

    page.set_viewport_size({"width": 860, "height": 890})  # one column, so that there is something to scroll
    run = RunStore().open("mnist-vae-z2")
    page.goto(f"{trainer}/train?dataset=mnist&variant=vae&job={run.run_id}")
    plane.wait_for(timeout=SECONDS)
    rest(page)
    until(lambda: share_of_codes(lower_half()) > 0.1)
    page.wait_for_timeout(500)
    before, box = lower_half(), plane.bounding_box()
    hidden = round(box["y"] + 0.3 * box["height"])
    page.get_by_test_id("stMain").evaluate("(main, by) => main.scrollBy(0, by)", hidden)
    until(lambda: plane.bounding_box()["y"] == pytest.approx(box["y"] - hidden, abs=1))
    page.wait_for_timeout(500)
    assert (np.abs(lower_half() - before) > 8).mean() < 0.002
    assert share_of_codes(before) > 0.1  # there are some to be seen
