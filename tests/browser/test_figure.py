"""The plane as a file: PDF, SVG and PNG, each read by other hands than wrote it."""

import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from aecore.storage.store import RunStore
from benchmarks.harness.server import open_plane
from tests.browser.idle import answered

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def save(page: Page, address: str, tmp_path: Path) -> Callable[..., Path]:
    """Opens a plane and saves it."""

    def saved(query: str, kind: str, **fields: Any) -> Path:
        open_plane(page, f"{address}/explore?{query}")
        answered(page)
        page.get_by_test_id("save-menu").click()
        page.get_by_role("button", name="Save plane …").click()
        dialog = page.get_by_test_id("figure-dialog")
        expect(dialog).to_be_visible()
        dialog.get_by_label("Format").select_option(kind)
        for label, value in fields.items():
            field = dialog.get_by_label(label.replace("_", " "))
            if isinstance(value, bool):
                field.set_checked(value)
            else:
                field.fill(str(value))
        with page.expect_download() as download:
            dialog.get_by_role("button", name="Save", exact=True).click()
        path = tmp_path / download.value.suggested_filename
        download.value.save_as(path)
        expect(dialog).to_be_hidden()
        return path

    return saved


def first(pattern: bytes, text: bytes) -> bytes:
    found = re.search(pattern, text)
    assert found
    return found[1]


def objects_of(file: bytes) -> dict[int, tuple[bytes, bytes]]:
    """What a PDF's cross-reference table lists, by number: each object's text and its stream inflated."""
    assert file.startswith(b"%PDF-1.4\n")
    assert file.endswith(b"%%EOF\n")
    table = int(first(rb"startxref\n(\d+)\n%%EOF\n$", file))
    head = re.match(rb"xref\n0 (\d+)\n0000000000 65535 f \n", file[table:])
    assert head
    count = int(head[1])
    entries = file[table + head.end() :][: 20 * (count - 1)]
    assert len(entries) == 20 * (count - 1)
    found = {}
    for number in range(1, count):
        entry = entries[20 * (number - 1) : 20 * number]
        assert re.fullmatch(rb"\d{10} 00000 n \n", entry)
        body = file[int(entry[:10]) :]
        assert body.startswith(b"%d 0 obj\n" % number)
        text = body[len(b"%d 0 obj\n" % number) : body.index(b"endobj\n")]
        stream = b""
        if length := re.search(rb"/Length (\d+) >>\nstream\n", body[: len(text) + 20]):
            start = length.end()
            stream = zlib.decompress(body[start : start + int(length[1])])
            assert body[start + int(length[1]) :].startswith(b"\nendstream\n")
            text = body[: length.end()]
        found[number] = (text, stream)
    assert b"/Size %d " % count in file[table:]
    for reference in re.findall(rb"(\d+) 0 R", b"".join(text for text, _ in found.values()) + file[table:]):
        assert int(reference) in found
    return found


def test_a_pdf_has_every_dot_in_view_and_a_legend(save):
    path = save("dataset=digits&variant=vae&show=prior&image=7", "pdf", Width=800, Font_size=14)
    assert path.name == "digits-8-8-variational-autoencoder-plane-z1-z2-prior.pdf"
    objects = objects_of(path.read_bytes())
    page = next(text for text, _ in objects.values() if b"/Type /Page " in text)
    box = [float(number) for number in first(rb"/MediaBox \[(.*?)\]", page).split()]
    assert box[:3] == [0, 0, 600]  # 800 px at 0.75 pt
    content = objects[int(first(rb"/Contents (\d+) 0 R", page))][1].decode("ascii")
    words = content.split()
    assert words.count("q") == words.count("Q") > 0
    assert words.count("BT") == words.count("ET") > 10
    note = bytes.fromhex("".join(re.findall(r"<([0-9a-f]+)> Tj", content))).decode("cp1252")
    assert "599 test images" in note
    outside = int(found[1]) if (found := re.search(r"(\d+) dots? (?:is|are) outside", note)) else 0
    dots = len(re.findall(r"^\S+ \S+ m \S+ \S+ l S$", content, re.MULTILINE))
    assert 599 - outside <= dots <= 599 + 10  # and ten of the legend
    assert "<73> Tj" in content  # the prior's sigma, of the font Symbol


def test_letters_that_a_pdf_has_no_font_for_are_pictures(modules):
    runs = modules.evaluate(
        """async () => {
            const { runsOf } = await import("/lib/figure/pdf.js");
            return ["z₁", "−3 “é” – …", "2σ", "猫"].map((text) => runsOf(text, 10, 0));
        }"""
    )
    assert [[bytes(run["bytes"]).decode("cp1252") for run in one] for one in runs[:2]] == [
        ["z", "1"],
        ["–3 “é” – …"],
    ]
    assert [run["font"] for run in runs[2]] == [0, 2]
    assert runs[3] is None


def test_an_svg_has_every_dot_where_its_code_lies(save):
    run = next(run for run in RunStore().listing().runs if run.name == "digits-vae-z2")
    path = save(
        "dataset=digits&variant=vae&view=0,0,12&colour=error&selected=3-9", "svg", Width=900, Font_size=12
    )
    assert path.name.endswith("-plane-z1-z2-by-error.svg")
    root = ElementTree.parse(path).getroot()
    assert (root.get("width"), root.findtext(f"{SVG}title")) == (
        "900",
        "Digits 8×8 · Variational autoencoder",
    )
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert {"z₁", "z₂", "Error", "MSE per pixel", "lower is better"} <= set(texts)
    side = 900 - 44 - 12 - 108
    chosen = np.arange(3, 10)  # drawn last: over the others
    codes = run.arrays["codes"].astype(np.float64)[np.r_[np.delete(np.arange(599), chosen), chosen]]
    expected = np.stack([44 + side / 2 + codes[:, 0] * side / 12, 40 + side / 2 - codes[:, 1] * side / 12], 1)
    found = np.array([[float(dot.attrib[k]) for k in ("cx", "cy")] for dot in root.iter(f"{SVG}circle")])
    assert len(found) == 599
    np.testing.assert_allclose(found, expected, atol=0.02)
    assert len({dot.get("fill") for dot in root.iter(f"{SVG}circle")}) > 50


def test_what_is_hidden_is_not_in_the_file(save):
    path = save("dataset=digits&variant=vae&hide=0,1,2,3&view=0,0,30", "svg", With_legend=False)
    run = next(run for run in RunStore().listing().runs if run.name == "digits-vae-z2")
    dots = list(ElementTree.parse(path).getroot().iter(f"{SVG}circle"))
    assert len(dots) == (run.known_labels > 3).sum()


def test_names_of_people_are_text_in_an_svg(modules):
    drawn = [{"kind": "text", "text": '<b>&"\x07', "x": 1, "y": 2, "angle": 0, "size": 12, "isBold": False}]
    drawn[0] |= {
        "align": "left",
        "baseline": "middle",
        "fill": {"colour": [1, 2, 3], "alpha": 1},
        "stroke": None,
    }
    svg = modules.evaluate(
        """async (drawn) => {
            const { svgText } = await import("/lib/figure/svg.js");
            return svgText(drawn, { width: 10, height: 10, scale: 1, title: "a <script> & b" });
        }""",
        drawn,
    )
    root = ElementTree.fromstring(svg)
    assert root.findtext(f"{SVG}title") == "a <script> & b"
    assert root.findtext(f"{SVG}text") == '<b>&"'


@pytest.mark.parametrize("is_white", [True, False])
def test_a_png_is_as_wide_as_asked(save, page, is_white):
    page.emulate_media(color_scheme="dark")
    path = save("dataset=digits&variant=vae&show=lattice,thumbnails", "png", Width=640, On_white=is_white)
    picture = Image.open(path).convert("RGB")
    assert picture.width == 640
    pixels = np.asarray(picture).astype(int)
    assert (pixels[2, 2].sum() > 600) == is_white
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 200


def test_a_width_that_cannot_be_is_refused_by_the_field(page, address):
    open_plane(page, f"{address}/explore?dataset=digits&variant=vae")
    page.get_by_test_id("save-menu").click()
    page.get_by_role("button", name="Save plane …").click()
    dialog = page.get_by_test_id("figure-dialog")
    dialog.get_by_label("Width").fill("99999")
    dialog.get_by_role("button", name="Save", exact=True).click()
    assert dialog.get_by_label("Width").evaluate("field => !field.validity.valid")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
