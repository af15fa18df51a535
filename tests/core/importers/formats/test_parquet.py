"""Parquet files of pictures, as Hugging Face and Embedding Atlas write them."""

import io
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet

from aecore.errors import BadImport
from aecore.importers import formats
from aecore.importers.settings import Settings

PIXELS = np.random.default_rng(0).integers(0, 256, (40, 16, 12, 3), dtype=np.uint8)


def png(row: int) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(PIXELS[row]).save(stream, "PNG")
    return stream.getvalue()


def hugging_face(rows: range) -> pa.Table:
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    table = pa.table(
        {
            "image": pa.array([{"bytes": png(row), "path": f"{row}.png"} for row in rows], kind),
            "label": pa.array([row % 2 for row in rows], pa.int64()),
            "weight": pa.array([row / 2 for row in rows]),
            "box": pa.array([[1, 2] for _ in rows]),
        }
    )
    features = {"label": {"_type": "ClassLabel", "names": ["cat", "dog"]}, "image": {"_type": "Image"}}
    return table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})


def read(path: Path, **settings) -> formats.Given:
    return formats.read(path, Settings(**settings))


def test_a_hugging_face_file_gives_pictures_class_names_and_columns(tmp_path):
    parquet.write_table(hugging_face(range(40)), tmp_path / "a.parquet", row_group_size=7)
    given = read(tmp_path / "a.parquet")
    images = given.splits["all"]
    np.testing.assert_array_equal(images.pixels, PIXELS)
    assert (images.classes, images.known_labels.tolist()) == (("cat", "dog"), [0, 1] * 20)
    assert [(column.name, column.values.tolist()) for column in images.columns] == [
        ("weight", [row / 2 for row in range(40)])
    ]
    assert any("box is left out" in note for note in given.notes)


def test_files_named_after_splits_are_these_splits(tmp_path):
    (tmp_path / "data").mkdir()
    for name, rows in (("train-00000-of-00002", range(20)), ("train-00001-of-00002", range(20, 30))):
        parquet.write_table(hugging_face(rows), tmp_path / "data" / f"{name}.parquet")
    parquet.write_table(hugging_face(range(30, 40)), tmp_path / "data" / "test-00000-of-00001.parquet")
    given = read(tmp_path)
    assert {split: len(images) for split, images in given.splits.items()} == {"train": 30, "test": 10}
    np.testing.assert_array_equal(given.splits["train"].pixels, PIXELS[:30])
    np.testing.assert_array_equal(given.splits["test"].pixels, PIXELS[30:])


def test_plain_bytes_are_pictures_and_words_are_labels(tmp_path):
    table = pa.table({"key": [b"x"] * 5, "img": [png(row) for row in range(5)], "category": list("abcab")})
    parquet.write_table(table, tmp_path / "a.parquet")
    images = read(tmp_path / "a.parquet").splits["all"]
    assert (images.classes, images.known_labels.tolist()) == (("a", "b", "c"), [0, 1, 2, 0, 1])
    assert read(tmp_path / "a.parquet", label="none").splits["all"].columns[0].words == ("a", "b", "c")


def test_rows_without_a_picture_are_named(tmp_path):
    table = pa.table({"image": [png(0), None, b"x", png(3)]})
    parquet.write_table(table, tmp_path / "a.parquet")
    given = read(tmp_path / "a.parquet")
    assert len(given.splits["all"]) == 2
    assert [(one.name, one.why.partition(" (")[0]) for one in given.skipped] == [
        ("a.parquet, row 1", "it cannot be read"),
        ("a.parquet, row 2", "it is not in a format that is read"),
    ]


@pytest.mark.parametrize(
    ("table", "what"),
    [
        (pa.table({"words": ["a", "b"]}), "no column of pictures, only words"),
        (pa.table({"image": pa.array([], pa.binary())}), "there are no pictures"),
    ],
)
def test_a_table_without_pictures_is_refused(tmp_path, table, what):
    parquet.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(BadImport, match=what):
        read(tmp_path / "a.parquet")


def test_more_rows_than_are_kept_are_refused_before_any_is_read(tmp_path, monkeypatch):
    parquet.write_table(hugging_face(range(40)), tmp_path / "a.parquet")
    monkeypatch.setenv("AECORE_MOST_IMAGES", "39")
    with pytest.raises(BadImport, match="40 rows, and at most 39"):
        read(tmp_path / "a.parquet")
