"""Folders and zips of pictures: what is inferred of names, every kind of picture, and what is hostile."""

import contextlib
import csv
import io
import json
import os
import stat
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet

from aecore.errors import BadImport
from aecore.importers import formats, pool
from aecore.importers.settings import Settings

ORANGE = (230, 120, 20)


def coded(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def plain(colour=ORANGE, size=(16, 16), mode="RGB") -> Image.Image:
    return Image.new(mode, size, colour)


def png(seed: int, side: int = 16) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    return coded(Image.fromarray(pixels))


def packed(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def laid_out(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("/"):
            path.mkdir()
        else:
            path.write_bytes(content)
    return folder


@pytest.fixture(params=["folder", "zip"])
def brought(request, tmp_path):
    """Brings files as a folder and as a zip, which are read alike."""

    def bring(files: dict[str, bytes]) -> Path:
        if request.param == "zip":
            return packed(tmp_path / "pictures.zip", files)
        return laid_out(tmp_path / "pictures", files)

    return bring


def read(path: Path, **settings) -> formats.Given:
    return formats.read(path, Settings(**settings))


def skipped(given: formats.Given) -> dict[str, str]:
    return {one.name: one.why for one in given.skipped}


def test_folders_are_classes_in_the_order_of_their_names(brought):
    given = read(brought({f"{name}/{k}.png": png(k) for name in ("cat", "ape", "10", "9") for k in range(3)}))
    images = given.splits["all"]
    assert images.classes == ("9", "10", "ape", "cat")
    assert np.bincount(images.known_labels).tolist() == [3, 3, 3, 3]
    by_name = np.asarray(Image.open(io.BytesIO(png(1))))
    assert (images.pixels == by_name).all(axis=(1, 2, 3)).sum() == 4
    assert "Labels are the folders." in given.notes


def test_a_flat_folder_has_no_labels_and_a_folder_around_everything_is_stepped_over(brought):
    given = read(brought({f"my pictures/{k}.png": png(k) for k in range(4)}))
    assert given.splits["all"].labels is None
    assert "The folder my pictures around everything was stepped over." in given.notes
    assert "Images have no labels: there are no folders of classes." in given.notes


def test_folders_above_the_classes_are_splits(brought):
    files = {
        f"{split}/{name}/{k}.png": png(k + 9 * part)
        for part, split in enumerate(("train", "val", "TEST"))
        for name in "ab"
        for k in range(part + 1)
    }
    given = read(brought(files))
    assert {split: len(images) for split, images in given.splits.items()} == {
        "test": 6,
        "train": 2,
        "validation": 4,
    }
    assert given.splits["test"].classes == given.splits["train"].classes == ("a", "b")


def test_validation_images_are_measured_on_where_there_are_no_others(brought):
    given = read(brought({f"{split}/{k}.png": png(k) for split in ("train", "val") for k in range(2)}))
    assert set(given.splits) == {"train", "test"}
    assert any("validation images are measured on" in note for note in given.notes)


def test_classes_called_as_splits_are_classes_where_there_are_others_beside_them(brought):
    given = read(brought({f"{name}/1.png": png(1) for name in ("test", "trial")}))
    assert given.splits["all"].classes == ("test", "trial")


@pytest.mark.parametrize("label", ["none", "folders"])
def test_labels_are_those_that_are_wanted(brought, label):
    table = b"file_name,label\na/1.png,x\nb/1.png,y\n"
    files = {"a/1.png": png(1), "b/1.png": png(2), "metadata.csv": table}
    images = read(brought(files), label=label).splits["all"]
    assert images.classes == (() if label == "none" else ("a", "b"))


@pytest.mark.parametrize("label", [None, "folders"])
def test_folders_are_the_classes_and_metadata_says_the_rest(brought, label):
    table = b"file_name,weight\na/1.png,1\na/2.png,2\nb/1.png,3\n"
    files = {
        "a/1.png": png(1),
        "a/2.png": png(2),
        "b/1.png": png(3),
        "b/2.png": png(4),
        "metadata.csv": table,
    }
    given = read(brought(files), label=label)
    images = given.splits["all"]
    assert (images.classes, images.known_labels.tolist()) == (("a", "b"), [0, 0, 1, 1])
    np.testing.assert_array_equal(images.columns[0].values, [1, 2, 3, np.nan])
    assert "Labels are the folders." in given.notes
    assert "Pictures without a row of metadata, of which nothing else is known: 1." in given.notes
    assert ("No column is called label or class." in given.notes) == (label is None)


@pytest.mark.parametrize("label", [None, "label"])
def test_folders_are_the_classes_where_the_column_of_labels_is_empty(brought, label):
    table = b"file_name,label\na/1.png,\na/2.png, \nb/1.png,\n"
    files = {"a/1.png": png(1), "a/2.png": png(2), "b/1.png": png(3), "metadata.csv": table}
    given = read(brought(files), label=label)
    assert given.splits["all"].classes == (() if label else ("a", "b"))
    assert ("Labels are the folders." in given.notes) == (label is None)
    assert ("label is empty: images have no labels." in given.notes) == (label is not None)


def test_folders_are_no_classes_where_pictures_lie_beside_them(brought):
    table = b"file_name,weight\na/1.png,1\nb/1.png,2\n3.png,3\n"
    files = {"a/1.png": png(1), "b/1.png": png(2), "3.png": png(3), "metadata.csv": table}
    given = read(brought(files))
    assert given.splits["all"].classes == ()
    assert "Images have no labels." in given.notes
    wanted = read(brought(files), label="folders")
    assert skipped(wanted) == {"3.png": "it lies beside the folders of classes"}


def metadata_of(rows: list[dict], kind: str) -> bytes:
    if kind == "csv":
        stream = io.StringIO()
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        return stream.getvalue().encode("utf-8-sig")
    if kind == "jsonl":
        return "\n".join(json.dumps(row) for row in rows).encode()
    sink = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(rows), sink)
    return sink.getvalue()


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_metadata_names_labels_and_columns(brought, kind):
    rows = [
        {"file_name": f"sub/{k}.png", "label": "ab"[k % 2], "weight": k / 2, "place": ["x", None][k % 2]}
        for k in range(6)
    ]
    files = {f"sub/{k}.png": png(k) for k in range(7)} | {f"metadata.{kind}": metadata_of(rows, kind)}
    del files["sub/4.png"]
    given = read(brought(files))
    images = given.splits["all"]
    assert (images.classes, images.known_labels.tolist()) == (("a", "b"), [0, 1, 0, 1, 1])
    weight, place = images.columns
    assert (weight.name, weight.values.tolist()) == ("weight", [0, 0.5, 1, 1.5, 2.5])
    assert (place.name, place.words) == ("place", ("x",))
    np.testing.assert_array_equal(place.values, [0, np.nan, 0, np.nan, np.nan])
    assert skipped(given) == {
        "sub/6.png": "no row of metadata names it",
        "sub/4.png": "metadata names it, and it is not there",
    }


def test_numbers_that_measure_are_a_column_and_no_labels(brought):
    rows = [{"file_name": f"{k}.png", "label": k / 3} for k in range(4)]
    given = read(brought({f"{k}.png": png(k) for k in range(4)} | {"metadata.csv": metadata_of(rows, "csv")}))
    images = given.splits["all"]
    assert (images.labels, images.columns[0].name) == (None, "label")
    assert any("numbers that measure" in note for note in given.notes)


def test_a_picture_without_a_label_is_named(brought):
    rows = [{"file_name": f"{k}.png", "class": "" if k == 2 else "a"} for k in range(4)]
    given = read(brought({f"{k}.png": png(k) for k in range(4)} | {"metadata.csv": metadata_of(rows, "csv")}))
    assert (len(given.splits["all"]), skipped(given)) == (3, {"2.png": "it has no label"})


def test_labels_of_which_none_is_known_are_none(brought):
    rows = [{"file_name": f"{k}.png", "class": ""} for k in range(3)]
    given = read(brought({f"{k}.png": png(k) for k in range(3)} | {"metadata.csv": metadata_of(rows, "csv")}))
    assert (given.splits["all"].labels, given.splits["all"].columns) == (None, ())
    assert "class is empty: images have no labels." in given.notes


def test_what_is_stepped_over_is_named(brought):
    given = read(
        brought(
            {
                "a/1.png": png(1),
                "b/1.png": png(2),
                "loose.png": png(3),
                "a/broken.png": png(4)[:200],
                "a/fake.jpg": b"<html>",
                "a/notes.txt": b"hello",
                ".DS_Store": b"x",
                "__MACOSX/a/._1.png": b"x",
                "c/": b"",
            }
        )
    )
    assert len(given.splits["all"]) == 2
    assert {name.rstrip("/"): why.partition(" (")[0] for name, why in skipped(given).items()} == {
        "loose.png": "it lies beside the folders of classes",
        "a/broken.png": "the file is damaged",
        "a/fake.jpg": "it is not in a format that is read",
        "a/notes.txt": "no picture by its ending",
        ".DS_Store": "hidden, or left by a system",
        **dict.fromkeys(["__MACOSX/a/._1.png"] if "__MACOSX/a/._1.png" in skipped(given) else ["__MACOSX"],
                        "hidden, or left by a system"),
        "c": "an empty folder",
    }  # fmt: skip


def deep(value: int) -> bytes:
    return coded(Image.fromarray(np.full((16, 16), value, np.uint16)))


def turned() -> bytes:
    image = plain((0, 0, 0), (16, 8))
    image.paste(ORANGE, (0, 0, 8, 8))
    exif = Image.Exif()
    exif[0x0112] = 6
    return coded(image, "JPEG", quality=95, subsampling=0, exif=exif.tobytes())


KINDS = {
    "png": coded(plain()),
    "palette": coded(plain().convert("P", palette=Image.Palette.ADAPTIVE)),
    "jpeg": coded(plain(), "JPEG", quality=95, subsampling=0),
    "cmyk": coded(plain().convert("CMYK"), "JPEG", quality=95),
    "webp": coded(plain(), "WEBP", lossless=True),
    "bmp": coded(plain(), "BMP"),
    "tiff": coded(plain(), "TIFF"),
    "gif": coded(plain(), "GIF", save_all=True, append_images=[plain((0, 0, 0))]),
    "opaque": coded(plain((*ORANGE, 255), mode="RGBA")),
}


def test_every_kind_of_picture_has_its_colours(tmp_path):
    endings = {"palette": "png", "cmyk": "jpg", "opaque": "png"}
    files = {f"{k}.{endings.get(kind, kind)}": content for k, (kind, content) in enumerate(KINDS.items())}
    given = read(packed(tmp_path / "a.zip", files))
    assert skipped(given) == {}
    off = np.abs(given.splits["all"].pixels.astype(int) - ORANGE).max(axis=(1, 2, 3))
    assert dict(zip(KINDS, off <= 4, strict=True)) == dict.fromkeys(KINDS, True)


def test_a_camera_that_was_turned_gives_an_upright_picture(tmp_path):
    pixels = read(packed(tmp_path / "a.zip", {"a.jpg": turned()})).splits["all"].pixels[0]
    assert pixels.shape == (16, 8, 3)
    assert (pixels[:8].mean(), pixels[8:].mean()) == (
        pytest.approx(np.mean(ORANGE), abs=4),
        pytest.approx(0, abs=4),
    )


def test_one_white_holds_for_all_deep_greys(tmp_path):
    files = {f"{k}.png": deep(value) for k, value in enumerate((100, 4000, 65535))}
    given = read(packed(tmp_path / "a.zip", files))
    assert given.splits["all"].pixels.shape == (3, 16, 16, 1)
    assert given.splits["all"].pixels[:, 0, 0, 0].tolist() == [0, 16, 255]
    assert "Deep greys: 65,535 is white." in given.notes


def test_deep_greys_that_are_stored_otherwise_have_a_white_of_their_own(tmp_path):
    levels = Image.fromarray(np.full((16, 16), 0.5, np.float32))
    signed = Image.fromarray(np.full((16, 16), -0.5, np.float32))
    files = {"0.png": deep(65535), "1.tif": coded(levels, "TIFF"), "2.tif": coded(signed, "TIFF")}
    given = read(packed(tmp_path / "a.zip", files))
    assert given.splits["all"].pixels[:, 0, 0, 0].tolist() == [255, 128]
    assert skipped(given) == {"2.tif": "its values begin at -0.5, and 0 is black"}


@pytest.mark.parametrize(("shade", "ground"), [(250, 0), (10, 255)])
def test_transparent_pictures_stand_on_what_sets_them_off(tmp_path, shade, ground):
    image = Image.new("RGBA", (16, 16), (0, 0, 0, 0))
    image.paste((shade, shade, shade, 255), (4, 4, 12, 12))
    pixels = read(packed(tmp_path / "a.zip", {"a.png": coded(image)})).splits["all"].pixels[0, ..., 0]
    assert (pixels[0, 0], pixels[8, 8]) == (ground, shade)
    given = read(packed(tmp_path / "a.zip", {"a.png": coded(image)}), background="#646464")
    assert given.splits["all"].pixels[0, 0, 0, 0] == 100


def test_the_ground_is_the_same_whatever_answers_first(tmp_path, monkeypatch):
    files = {}
    for k in range(8):
        image = Image.new("RGBA", (16, 16), (0, 0, 0, 0))
        image.paste((*([250 if k < 3 else 10] * 3), 255), (4, 4, 12, 12))
        files[f"{k}.png"] = coded(image)
    path = packed(tmp_path / "a.zip", files)
    monkeypatch.setattr("aecore.importers.pictures.SHADED", 4)  # of eight every second: two light, two dark
    first = read(path)
    asked = pool.asked
    monkeypatch.setattr(pool, "asked", lambda *given: reversed(list(asked(*given))))
    assert read(path) == first


def test_half_transparent_colours_are_weighed_by_their_opacity(tmp_path):
    image = Image.new("RGBA", (32, 32), (255, 0, 0, 128))
    image.paste((0, 255, 0, 0), (0, 0, 32, 16))  # a green that nobody sees
    pixels = read(packed(tmp_path / "a.zip", {"a.png": coded(image)}), size=8, background="white")
    found = pixels.splits["all"].pixels[0]
    assert found[0].tolist() == [[255, 255, 255]] * 8
    assert np.abs(found[7].astype(int) - (255, 127, 127)).max() <= 1
    assert (found[..., 1] == found[..., 2]).all()


def test_pictures_of_several_sizes_are_brought_to_one_that_suits_them(tmp_path):
    files = {f"{k}.png": coded(plain((k, k, k), (30 + 20 * k, 40))) for k in range(5)}
    given = read(packed(tmp_path / "a.zip", files))
    assert given.splits["all"].pixels.shape == (5, 64, 64, 1)
    assert any("all are brought to 64 × 64" in note for note in given.notes)
    assert read(packed(tmp_path / "a.zip", files), size=(20, 24), colour="rgb").splits[
        "all"
    ].pixels.shape == (
        *(5, 20, 24),
        3,
    )


def hostile(path: Path, how: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/1.png", png(1))
        if how in ("../../evil.png", "/etc/evil.png", "C:/evil.png", "a\\..\\evil.png"):
            archive.writestr(how, png(2))
        elif how == "deep":
            archive.writestr("/".join("abcdefghijklmnopq") + ".png", png(2))
        elif how == "many":
            for k in range(60):
                archive.writestr(f"a/{k}.txt", b"")
        elif how == "locked":
            archive.writestr("a/2.png", png(2))
    if how == "locked":
        content = bytearray(path.read_bytes())
        place = content.rindex(b"PK\x01\x02")
        content[place + 8] |= 1
        path.write_bytes(bytes(content))
    return path


@pytest.mark.parametrize(
    ("how", "what"),
    [
        *[("../../evil.png", "leads out of the zip"), ("/etc/evil.png", "leads out of the zip")],
        *[("C:/evil.png", "leads out of the zip"), ("a\\..\\evil.png", "leads out of the zip")],
        *[("deep", "folders within one another"), ("many", "more than 20 files"), ("locked", "a password")],
    ],
)
def test_a_hostile_zip_is_refused_with_a_sentence(tmp_path, monkeypatch, how, what):
    if how == "many":
        monkeypatch.setattr("aecore.importers.listing.BESIDE", 10)
        monkeypatch.setenv("AECORE_MOST_IMAGES", "10")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(BadImport, match=what):
        read(hostile(tmp_path / "a.zip", how))
    assert sorted(tmp_path.rglob("*")) == [*before, tmp_path / "a.zip"]


def test_links_are_not_followed(tmp_path):
    secret = laid_out(tmp_path / "secret", {"1.png": png(1)})
    folder = laid_out(tmp_path / "pictures", {"a/1.png": png(2)})
    (folder / "b").symlink_to(secret)
    (folder / "a/2.png").symlink_to(secret / "1.png")
    os.mkfifo(folder / "a/3.png")
    given = read(folder)
    assert len(given.splits["all"]) == 1
    assert skipped(given) == {
        "b": "links are not followed",
        "a/2.png": "links are not followed",
        "a/3.png": "no file",
    }
    link = zipfile.ZipInfo("b.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.png", png(1))
        archive.writestr(link, "/etc/passwd")
    assert skipped(read(tmp_path / "a.zip")) == {"b.png": "links are not followed"}


def bomb(side: int) -> bytes:
    return coded(Image.new("1", (side, side)), optimize=True)


def test_a_picture_that_would_take_much_is_named_and_the_others_are_read(tmp_path):
    files = {f"{k}.png": png(k) for k in range(5)} | {"bomb.png": bomb(6000), "long.png": bomb(9)}
    given = read(packed(tmp_path / "a.zip", files), size=16)
    assert len(given.splits["all"]) == 6
    assert "6,000 × 6,000 pixels" in skipped(given)["bomb.png"]


def test_a_decoder_that_dies_costs_its_picture_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "sitecustomize.py").write_text(
        "import os\n"
        "from PIL import Image\n"
        "real = Image.Image.load\n"
        "def load(self):\n"
        "    if self.size == (17, 17):\n"
        "        os.kill(os.getpid(), 11)\n"
        "    return real(self)\n"
        "Image.Image.load = load\n"
        "from PIL import ImageFile\n"
        "own = ImageFile.ImageFile.load\n"
        "def load_file(self):\n"
        "    if self.size == (17, 17):\n"
        "        os.kill(os.getpid(), 11)\n"
        "    return own(self)\n"
        "ImageFile.ImageFile.load = load_file\n"
    )
    files = {f"{k}.png": png(k, 17 if k in (3, 4) else 16) for k in range(8)}
    given = read(packed(tmp_path / "a.zip", files), size=16, background="black")
    assert len(given.splits["all"]) == 6
    assert set(skipped(given)) == {"3.png", "4.png"}
    monkeypatch.setattr(pool, "MOST_DEATHS", 1)
    with pytest.raises(BadImport, match="more than 1 pictures"):
        read(tmp_path / "a.zip", size=16, background="black")


def test_what_has_no_name_in_a_zip_is_stepped_over(tmp_path):
    path = packed(tmp_path / "a.zip", {"a": b"x", **{f"{k}.png": png(k) for k in range(3)}})
    content = bytearray(path.read_bytes())
    entry = content.index(b"PK\x01\x02")  # the first of the directory, whose name becomes an extra field
    content[entry + 28 : entry + 32] = bytes([0, 0, 1, 0])
    path.write_bytes(content)
    found = read(path, size=16)
    assert len(found.splits["all"]) == 3
    assert skipped(found) == {"?": "it has no name"}


@pytest.mark.parametrize("count", [3, 700])
def test_who_wants_to_stop_is_heard_and_no_process_stays(tmp_path, count):
    class Enough(Exception):
        pass

    def report(done: int, of: int) -> None:
        assert 0 <= done <= of == count
        if done >= min(2, of):
            raise Enough

    path = packed(tmp_path / "a.zip", {f"{k}.png": png(k) for k in range(count)})
    with pytest.raises(Enough):
        formats.read(path, Settings(size=16, background="black"), report)
    assert [child for child in _children() if b"importers.worker" in child] == []


def _children() -> list[bytes]:
    """What each process that this one started was called with; tests beside it have their own."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
            if int(parent) == os.getpid():
                found.append((process / "cmdline").read_bytes())
    return found


def test_no_worker_is_started_once_the_work_is_over(tmp_path, monkeypatch):
    started = []
    monkeypatch.setattr(pool, "_started", lambda: started.append(1))
    crew = pool._Crew(pool.Task("sizes", tmp_path, "", {}), ["a.png"])
    crew.end()
    assert crew._work(0, 1) == 0
    assert started == []


@pytest.mark.parametrize(
    ("files", "what"),
    [
        ({}, "there are no pictures"),
        ({"a.txt": b"x"}, "there are no pictures"),
        ({"a.png": b"x", "b.png": b"y"}, "none of 2 pictures could be read"),
        ({"a.png": png(1), "metadata.csv": b"name\nx\n"}, "has rows without file_name"),
        ({"a.png": png(1), "metadata.csv": b"\xff\xfe\x00"}, "cannot be read"),
        ({"a.png": png(1), "metadata.jsonl": b"[1]"}, "lines that are no objects"),
        ({"a.png": png(1), "metadata.jsonl": b'{"file_name": 3}'}, "has rows without file_name"),
        ({"a.png": png(1), "metadata.parquet": b"PAR1 and no more"}, "damaged"),
        ({f"{k}/a.png": png(1) for k in range(101)}, "has 101 classes"),
        (
            {"a.png": png(1), "metadata.csv": b"file_name\n../a.png\n"},
            "metadata.csv names none of 1 pictures, such as a.png",
        ),
        (
            {f"{k}/metadata.csv": b"file_name\na.png\n" for k in range(33)},
            "there are 33 files of metadata, and at most 32",
        ),
    ],
)
def test_what_no_data_set_can_be_made_of_is_refused(tmp_path, files, what):
    with pytest.raises(BadImport, match=what):
        read(packed(tmp_path / "a.zip", files))


def test_of_two_files_of_one_name_a_zip_has_one(tmp_path):
    path = packed(tmp_path / "a.zip", {"a.png": png(1), "b.png": png(2)})
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("a.png", png(3))
    found = read(path)
    assert len(found.splits["all"]) == 2
    assert skipped(found) == {"a.png": "the zip has another of this name behind it"}


def test_a_column_that_is_not_there_is_named_with_those_that_are(tmp_path):
    files = {"a.png": png(1), "metadata.csv": b"file_name,kind\na.png,x\n"}
    with pytest.raises(BadImport, match="there is no column 'sort'; there are kind"):
        read(packed(tmp_path / "a.zip", files), label="sort")
    assert read(tmp_path / "a.zip", label="kind").splits["all"].classes == ("x",)


def test_a_folder_with_a_colon_in_its_name_is_a_class(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for k in range(2):
            archive.writestr(f"at 9:{k}0/{k}.png", png(k))
    assert read(tmp_path / "a.zip").splits["all"].classes == ("at 9:00", "at 9:10")


def test_what_lies_beside_the_pictures_is_named_as_the_zip_names_it(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("mine/1.png", png(1))
        archive.writestr("mine/notes.txt", "hello")
    assert [one.name for one in read(tmp_path / "a.zip").skipped] == ["mine/notes.txt"]
