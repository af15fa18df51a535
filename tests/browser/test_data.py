"""A stranger's own images: dropped on the page, looked through, kept, trained on, deleted and undone."""

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import FilePayload, Page, expect

import aecore
from benchmarks.harness.accessibility import grave
from benchmarks.harness.server import served
from tests.browser.test_frame import CUT, SIZES, settled

pytestmark = pytest.mark.xdist_group("data")  # one server, with data sets of its own
SECONDS = 120_000
SHAPES = ("circle", "square", "triangle")


def picture(rng: np.random.Generator, shape: str) -> bytes:
    """A small colour PNG of one shape on nothing."""
    image = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    draw, colour = ImageDraw.Draw(image), (*map(int, rng.integers(60, 255, 3)), 255)
    radius = int(rng.integers(4, 8))
    x, y = (int(place) for place in rng.integers(radius, 20 - radius, 2))
    box = (x - radius, y - radius, x + radius, y + radius)
    if shape == "circle":
        draw.ellipse(box, fill=colour)
    elif shape == "square":
        draw.rectangle(box, fill=colour)
    else:
        draw.polygon([(x, box[1]), (box[2], box[3]), (box[0], box[3])], fill=colour)
    with io.BytesIO() as file:
        image.save(file, "PNG")
        return file.getvalue()


def pictures(count: int, seed: int = 0) -> dict[str, bytes]:
    """Files in a folder for each shape, and two broken ones."""
    rng = np.random.default_rng(seed)
    found = {f"{SHAPES[k % 3]}/{k:04}.png": picture(rng, SHAPES[k % 3]) for k in range(count)}
    return found | {
        "circle/broken.png": b"\x89PNG\r\n\x1a\nnothing",
        "square/cut.png": found["square/0001.png"][:60],
    }


def zipped(files: dict[str, bytes], name: str = "shapes.zip") -> FilePayload:
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w") as archive:
            for member, content in files.items():
                archive.writestr(member, content)
        return {"name": name, "mimeType": "application/zip", "buffer": file.getvalue()}


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def server(place: Path) -> Iterator[str]:
    """The dashboard, with runs, data sets and a folder for temporary files of its own."""
    (place / "tmp").mkdir()
    folders = {"AECORE_RUNS": str(place / "runs"), "AECORE_DATASETS": str(place / "sets")}
    with served(place / "server.log", **folders, TMPDIR=str(place / "tmp")) as address:
        yield address


def opened(page: Page, server: str) -> None:
    page.goto(f"{server}/data")
    settled(page)
    cancel = page.get_by_role("button", name="Cancel")
    if cancel.count():  # of the test before
        cancel.click()
    expect(page.get_by_role("heading", name="Bring your own images")).to_be_visible()


def brought(page: Page, *files: FilePayload | str) -> None:
    page.locator("input[type=file]").set_input_files(list(files) if isinstance(files[0], dict) else files[0])


def read(page: Page) -> None:
    """Wait until all was read."""
    expect(page.get_by_role("button", name="Keep")).to_be_enabled(timeout=SECONDS)
    settled(page)


def left(place: Path) -> list[Path]:
    """What lies in the folder for temporary files beside the lock of the server."""
    return [path for path in (place / "tmp").rglob("*") if path.is_file() and path.suffix != ".lock"]


def names(place: Path) -> list[str]:
    folder = place / "sets"
    return sorted(path.name for path in folder.glob("[a-z]*")) if folder.exists() else []


def test_a_zip_is_looked_through_kept_and_trained_on_and_its_run_opens(page, server, place):
    opened(page, server)
    expect(page.get_by_text("What you can bring")).to_be_visible()
    expect(page.get_by_text("Up to 200,000 pictures")).to_be_visible()
    brought(page, zipped(pictures(300)))
    read(page)
    said = page.get_by_role("alert")
    expect(said).to_contain_text("Left out: circle/broken.png")
    expect(said).to_contain_text("square/cut.png")
    expect(page.get_by_text("300 images", exact=True)).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^triangle"))).to_be_visible()
    page.get_by_role("tab", name="How it was read").click()
    expect(page.get_by_text("Transparent pictures stand on black.")).to_be_visible()
    assert names(place) == []
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_text("Kept as shapes.")).to_be_visible(timeout=SECONDS)
    assert len(names(place)) == 1
    assert left(place) == []
    page.get_by_role("link", name="Train on it").click()
    page.wait_for_url(re.compile(rf"/train\?.*dataset={names(place)[0]}"))
    epochs = page.get_by_role("spinbutton", name="Epochs")
    epochs.fill("3")
    epochs.press("Enter")
    settled(page)
    page.get_by_role("button", name="Train", exact=True).click(timeout=SECONDS)
    page.get_by_role("link", name="Open on Explore").click(timeout=SECONDS)
    page.get_by_test_id("latent-plane").wait_for(timeout=SECONDS)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Explore: shapes")


def test_the_same_folder_without_labels(page, server, place, tmp_path):
    for name, content in pictures(120, seed=1).items():
        (tmp_path / "mine").mkdir(exist_ok=True)
        (tmp_path / "mine" / name.replace("/", "-")).write_bytes(content)
    opened(page, server)
    page.get_by_role("radio", name="A folder").click()
    page.locator("input[webkitdirectory]").wait_for(state="attached")
    expect(page.locator("input[type=file]")).to_have_count(1)  # the one for files goes when the script ends
    brought(page, str(tmp_path / "mine"))
    read(page)
    expect(page.get_by_text("colour · no labels")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("circle-broken.png")
    expect(page.get_by_role("textbox", name="Title")).to_have_value("mine")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_text("Kept as mine.")).to_be_visible(timeout=SECONDS)
    assert any(name.startswith("mine_") for name in names(place))


def test_what_is_changed_is_seen_at_once_and_read_anew(page, server):
    opened(page, server)
    brought(page, zipped(pictures(120, seed=2)))
    read(page)
    preview = page.locator(".preview img")
    before = preview.get_attribute("src")
    page.get_by_role("radio", name="White").click()
    expect(preview).not_to_have_attribute("src", before, timeout=SECONDS)
    page.get_by_role("radio", name="Grey").click()
    page.get_by_role("combobox", name="Size in pixels").fill("12x16")
    page.keyboard.press("Enter")
    read(page)
    expect(page.get_by_text("12 × 16 pixels, grey")).to_be_visible(timeout=SECONDS)
    page.get_by_role("combobox", name="Size in pixels").fill("900")
    page.keyboard.press("Enter")
    expect(page.get_by_text("size cannot be 900")).to_be_visible(timeout=SECONDS)
    expect(page.get_by_role("button", name="Keep")).to_be_disabled()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled.")).to_be_visible()


def test_a_reload_keeps_what_is_being_looked_through_and_cancelling_keeps_nothing(page, server, place):
    before = names(place)
    opened(page, server)
    brought(page, zipped(pictures(120, seed=3), "others.zip"))
    read(page)
    page.reload()
    read(page)
    expect(page.get_by_role("heading", name="others")).to_have_count(2)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled. Nothing was kept.")).to_be_visible()
    assert names(place) == before
    assert left(place) == []


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"a/1.png": b"x", "../../outside.png": b"x"}, "leads out of the zip"),
        ({"a.txt": b"x"}, "there are no pictures in it"),
        ({f"{k}.png": b"x" for k in range(20)}, "none of 20 pictures could be read"),
    ],
)
def test_a_hostile_or_empty_zip_is_refused_with_a_sentence(page, server, place, files, sentence):
    before = names(place)
    opened(page, server)
    brought(page, zipped(files))
    expect(page.get_by_text(sentence)).to_be_visible(timeout=SECONDS)
    expect(page.get_by_role("button", name="Keep")).to_be_disabled()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled.")).to_be_visible()
    assert names(place) == before
    assert left(place) == []


def test_a_data_set_is_renamed_exported_deleted_and_undone(page, server, place):
    opened(page, server)
    brought(page, zipped(pictures(120, seed=4), "few.zip"))
    read(page)
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_text("Kept as few.")).to_be_visible(timeout=SECONDS)
    (name,) = (name for name in names(place) if name.startswith("few_"))
    page.get_by_role("button", name="Rename").click()
    page.get_by_role("textbox", name="Title").fill("A few <b>shapes</b>")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("title cannot be")).to_be_visible()
    page.get_by_role("textbox", name="Title").fill("A few shapes")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="A few shapes", level=2)).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    assert download.value.suggested_filename == f"{name}.npz"
    with np.load(download.value.path()) as file:
        assert {"train_images", "train_labels", "test_images", "class_names"} <= set(file)
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("A few shapes was deleted on", exact=False)).to_be_visible()
    assert name not in names(place)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="A few shapes", level=2)).to_be_visible()
    assert name in names(place)


def test_the_field_stands_close_below_the_choice_of_files_or_a_folder(page, server):
    opened(page, server)
    choice = page.get_by_test_id("stButtonGroup").filter(has_text="A folder").bounding_box()
    field = page.get_by_test_id("stFileUploader").bounding_box()
    assert choice
    assert field
    assert 0 <= field["y"] - choice["y"] - choice["height"] <= 16


def test_the_review_bears_the_title_that_is_given_and_names_its_classes_in_a_line(page, server):
    opened(page, server)
    named = {name.replace("circle", "bird [young]"): file for name, file in pictures(120, seed=6).items()}
    brought(page, zipped(named))
    read(page)
    name = page.get_by_role("rowheader", name="bird (young)").locator("span")
    assert name.evaluate("name => name.getClientRects()[0].height") < 24
    page.get_by_role("textbox", name="Title").fill("Beasts")
    page.get_by_role("textbox", name="Title").press("Enter")
    expect(page.get_by_role("heading", name="Beasts", level=2)).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled.")).to_be_visible()


def test_the_review_fits_at_every_size_and_has_no_serious_violation(page, server):
    opened(page, server)
    brought(page, zipped(pictures(120, seed=5)))
    read(page)
    for size in SIZES:
        page.set_viewport_size(size)
        settled(page)
        assert page.evaluate(CUT) == [], size
        wide = page.get_by_test_id("stMain").evaluate("main => [main.scrollWidth, main.clientWidth]")
        assert wide[0] <= wide[1], size
        expect(page.get_by_role("button", name="Keep")).to_be_in_viewport(ratio=1)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        settled(page)
        page.wait_for_timeout(500)
        assert grave(page) == [], scheme
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled.")).to_be_visible()


def test_where_what_is_stored_is_only_shown_images_are_looked_at_and_none_brought(
    page, tmp_path, monkeypatch
):
    folders = {"AECORE_RUNS": str(tmp_path / "runs"), "AECORE_DATASETS": str(tmp_path / "sets")}
    monkeypatch.setenv("AECORE_DATASETS", folders["AECORE_DATASETS"])
    aecore.add_images(np.random.default_rng(0).integers(0, 256, (120, 8, 8), dtype=np.uint8), name="own")
    with served(tmp_path / "log", **folders, AECORE_READ_ONLY="1") as address:
        page.goto(f"{address}/data?dataset=own")
        expect(page.get_by_text("This server is public")).to_be_visible(timeout=SECONDS)
        settled(page)
        expect(page.locator("input[type=file]")).to_have_count(0)
        expect(page.get_by_role("button", name="Export")).to_be_visible()
        for label in ("Delete", "Rename", "Keep"):
            expect(page.get_by_role("button", name=label)).to_have_count(0)
        page.goto("about:blank")  # before its server ends
