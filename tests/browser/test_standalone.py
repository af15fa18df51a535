"""A run's plane as one HTML file, opened from a disk: it decodes, and asks nobody for anything."""

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from aecore import runs
from aecore.adoption import add_codes
from aecore.cli import app as command_line
from aecore.storage import archives
from aecore.storage.store import RunStore
from benchmarks.harness.accessibility import FADES_MS, grave
from benchmarks.harness.server import decoded_pixels
from dashboard import standalone
from tests.browser.idle import answered, until

IS_DRAWN = """image => image.width > 1
    && image.getContext("2d").getImageData(0, 0, image.width, image.height).data.some((part) => part > 0)"""
TITLE, TEXT = "Planes <b>of</b> mine & yours", "<script>alert(1)</script> $title"


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> Path:
    """Pages of shipped runs: with a map of holes and without, with classes, with many dimensions."""
    folder = tmp_path_factory.mktemp("pages")
    for name in ("mnist-vae-z2", "digits-conditional_vae-z2", "mnist-vae-z32"):
        content = standalone.page([RunStore().open(name)], TITLE, TEXT)
        (folder / f"{name}.html").write_text(content, "utf-8")
    linked = [RunStore().open(f"digits-{variant}-z2") for variant in ("ae", "vae", "aae")]
    (folder / "linked.html").write_text(standalone.page(linked), "utf-8")
    return folder


def opened(page: Page, files: Path, name: str) -> list[str]:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"file://{files}/{name}.html")
    if name == "linked":
        expect(page.get_by_test_id("linked-image")).to_have_count(3)
        until(
            page, lambda: all(image.evaluate(IS_DRAWN) for image in page.get_by_test_id("linked-image").all())
        )
    else:
        until(page, lambda: any(decoded_pixels(page)))
    return asked


@pytest.mark.parametrize("name", ["mnist-vae-z2", "digits-conditional_vae-z2", "mnist-vae-z32"])
def test_a_page_decodes_under_the_pointer_and_asks_nobody_for_anything(page, files, name):
    asked = opened(page, files, name)
    box = page.get_by_test_id("latent-plane").bounding_box()
    before = decoded_pixels(page)
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.6 * box["height"])
    until(page, lambda: decoded_pixels(page) != before)
    assert {url.split(":")[0] for url in asked} <= {"file", "blob", "data"}
    assert len([url for url in asked if url.startswith("file:")]) == 1


def test_what_is_decoded_is_what_the_stored_decoder_draws_there(page, files):
    from aecore.runs import Run

    opened(page, files, "mnist-vae-z2")
    page.get_by_test_id("latent-plane").focus()
    page.keyboard.press("Enter")  # chooses the dot nearest to the cursor
    expect(page.get_by_test_id("selected-image")).to_contain_text("test image")
    code = [float(word) for word in page.get_by_test_id("latent-position").inner_text().split(",")]
    expected = 255 * Run(RunStore().open("mnist-vae-z2")).decode([code])[0, :, :, 0].ravel()
    # the code on screen is rounded to three decimals, hence two grey levels
    until(page, lambda: np.abs(decoded_pixels(page) - expected).max() <= 2.0)


def test_holes_hide_and_the_class_to_decode_as_work_as_on_explore(page, files):
    opened(page, files, "mnist-vae-z2")
    page.get_by_role("button", name="Holes").click()
    expect(page.get_by_text("Hatched (hole)")).to_be_visible()
    page.get_by_test_id("legend-item").first.click()
    expect(page.get_by_test_id("legend-item").first).to_have_attribute("aria-pressed", "false")
    opened(page, files, "digits-conditional_vae-z2")
    expect(page.get_by_role("button", name="Holes")).to_be_hidden()
    before = decoded_pixels(page)
    page.get_by_test_id("class-chooser").select_option(label="7")
    until(page, lambda: decoded_pixels(page) != before)


def test_one_pointer_moves_over_the_planes_of_several_runs(page, files):
    asked = opened(page, files, "linked")
    assert [url for url in asked if not url.startswith("blob:")] == [page.url]
    planes = page.get_by_test_id("linked-plane")
    expect(planes).to_have_count(3)
    expect(page.get_by_role("button", name="Shared")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("Hatched (hole)")).to_be_visible()
    images = page.get_by_test_id("linked-image")
    drawn = [image.evaluate("image => image.toDataURL()") for image in images.all()]
    box = planes.nth(1).bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.4 * box["height"])

    def all_changed() -> bool:
        now = [image.evaluate("image => image.toDataURL()") for image in images.all()]
        return all(one != other for one, other in zip(now, drawn, strict=True))

    until(page, all_changed)


def test_what_people_typed_is_text_and_the_numbers_are_beside(page, files):
    opened(page, files, "mnist-vae-z2")
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    expect(page.locator("header p")).to_have_text(TEXT)
    page.get_by_text("Numbers, on the test images").click()
    row = page.get_by_role("row", name=re.compile("^Reconstruction MSE"))
    expect(row).to_contain_text("lower is better")


def test_nothing_else_may_run_in_it_and_nobody_be_asked(browser, files):
    page = browser.new_page()  # whose console may say what was refused
    opened(page, files, "mnist-vae-z2")
    page.evaluate("""() => {
        window.refused = [];
        addEventListener("securitypolicyviolation", (event) => refused.push(event.effectiveDirective));
        const script = Object.assign(document.createElement("script"), { textContent: "window.ran = true" });
        document.body.append(script, Object.assign(new Image(), { src: "http://127.0.0.1:9/a.png" }));
    }""")
    until(page, lambda: len(page.evaluate("refused")) >= 2)
    assert page.evaluate("window.ran") is None
    assert {"script-src-elem", "img-src"} <= set(page.evaluate("refused"))
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 720), (820, 1180), (390, 844)])
@pytest.mark.parametrize("name", ["mnist-vae-z2", "linked"])
def test_it_fits_and_has_no_serious_violation(page, files, name, size, scheme):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme=scheme)
    opened(page, files, name)
    page.wait_for_timeout(FADES_MS)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert grave(page) == []


def test_a_page_of_ten_thousand_codes_has_at_most_two_megabytes(files):
    assert (files / "mnist-vae-z2.html").stat().st_size <= 2e6


def test_the_command_writes_it_and_says_what_it_cannot_write(tmp_path, monkeypatch, capsys):
    def aecore(*words: str) -> int:
        monkeypatch.setattr("sys.argv", ["aecore", "page", *words])
        try:
            command_line.main()
        except SystemExit as stopped:
            return stopped.code or 0
        return 0

    monkeypatch.chdir(tmp_path)
    assert aecore("digits-vae-z2", "--title", TITLE) == 0
    (written,) = tmp_path.glob("*.html")
    assert "<title>Planes &lt;b&gt;of&lt;/b&gt; mine &amp; yours</title>" in written.read_text("utf-8")
    assert aecore("digits-vae-z2", "-o", str(tmp_path / "no" / "such" / "folder.html")) == 2
    assert "a file that can be written" in capsys.readouterr().err
    for nowhere in ("", "/", str(tmp_path), "a" * 300):
        assert aecore("digits-vae-z2", "-o", nowhere) == 2
        assert "a file that can be written" in capsys.readouterr().err
    assert aecore("digits-vae-z2", "mnist-vae-z2") == 2
    assert "one of digits" in capsys.readouterr().err
    assert [path for path in tmp_path.iterdir() if path.is_file()] == [written]


@pytest.mark.parametrize(
    ("link", "planes"),
    [
        ("explore?dataset=digits&variant=vae", "latent-plane"),
        ("?dataset=digits&variant=vae", "latent-plane"),
        ("compare?dataset=digits", "linked-plane"),
    ],
)
def test_what_is_in_view_is_saved_as_a_page_from_share(page, address, tmp_path, link, planes):
    page.goto(f"{address}/{link}")
    page.get_by_test_id(planes).first.wait_for()
    answered(page)
    page.get_by_role("button", name="Share", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as a page").click()
    download.value.save_as(tmp_path / "saved.html")
    count = page.get_by_test_id(planes).count()
    page.goto(f"file://{tmp_path}/saved.html")
    expect(page.get_by_test_id(planes)).to_have_count(count)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Digits 8×8")


def test_where_there_is_no_plane_none_is_offered(page, address):
    page.goto(f"{address}/generate?dataset=digits")
    answered(page)
    page.get_by_role("button", name="Share", exact=True).click()
    expect(page.get_by_text("This link opens what you see now")).to_be_visible()
    expect(page.get_by_role("button", name="Save as a page")).to_have_count(0)


def test_a_collapsed_run_is_called_so_above_its_plane_and_beside_its_numbers(page, tmp_path):
    runs = [RunStore().open(name) for name in ("mnist-ae-z2-8b0aad7251", "mnist-vae-z2")]
    for count in (1, 2):
        (tmp_path / "page.html").write_text(standalone.page(runs[:count]), "utf-8")
        page.goto(f"file://{tmp_path}/page.html")
        expect(page.locator(".place .told")).to_have_count(1)
        expect(page.locator(".place .told")).to_contain_text("never called best")
        page.get_by_text("Numbers, on the test images").click()
        expect(page.locator("details .told")).to_be_visible()


def test_numbers_that_came_with_a_file_are_said_to(tmp_path):
    file = archives.export_file(RunStore().open("digits-ae-z2"), tmp_path)
    store = RunStore(tmp_path / "elsewhere")
    archives.import_archive(file, store, runs.check_model)
    (run,) = store.listing().runs
    assert "were not measured here" in standalone.page([run])
    assert "were not measured here" not in standalone.page([RunStore().open("digits-ae-z2")])


def test_long_words_break_and_blank_ones_are_none(page, tmp_path):
    run = RunStore().open("digits-vae-z2")
    (tmp_path / "page.html").write_text(standalone.page([run], "W" * 500, "W" * 500), "utf-8")
    page.goto(f"file://{tmp_path}/page.html")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    (tmp_path / "page.html").write_text(standalone.page([run], "  ", " "), "utf-8")
    page.goto(f"file://{tmp_path}/page.html")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Digits 8×8")
    expect(page.locator("header p")).to_contain_text("prior")


def test_a_hundred_classes_are_one_row_below_the_plane_of_a_small_screen(page, tmp_path):
    z = np.random.default_rng(0).normal(size=(400, 2)).astype(np.float32)
    store = RunStore(tmp_path / "runs")
    run = add_codes(z, name="hundred", labels=np.arange(400) % 100, store=store).run.stored
    (tmp_path / "page.html").write_text(standalone.page([run]), "utf-8")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"file://{tmp_path}/page.html")
    expect(page.get_by_test_id("legend-item")).to_have_count(100)
    note = page.get_by_text("There are 40 colours for 100 classes")
    row = page.get_by_test_id("legend-item").first.bounding_box()
    assert note.bounding_box()["height"] <= row["height"] <= 48


def test_a_run_named_twice_is_one_and_bytes_that_are_no_text_are_refused(tmp_path, monkeypatch, capsys):
    def aecore(*words: str) -> int:
        monkeypatch.setattr("sys.argv", ["aecore", "page", *words, "-o", str(tmp_path / "page.html")])
        with pytest.raises(SystemExit) as stopped:
            command_line.main()
        return stopped.value.code or 0

    assert aecore("digits-vae-z2", RunStore().open("digits-vae-z2").run_id) == 0
    assert (tmp_path / "page.html").read_text("utf-8").count('data-entry="plane"') == 1
    for option in ("--title", "--text"):
        assert aecore("digits-vae-z2", option, "a\udcff") == 2
        assert "text that can be written as UTF-8" in capsys.readouterr().err


def test_signs_that_turn_a_line_round_or_are_none_are_not_taken_over():
    content = standalone.page([RunStore().open("digits-vae-z2")], "a\u202eb\x01", "first\nsecond\u2066")
    assert "<title>a�b�</title>" in content
    assert "<p>first\nsecond�</p>" in content
