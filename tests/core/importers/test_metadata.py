"""Values of tables as labels and columns: whatever they are, what comes out holds everywhere else."""

import io
import json
import zipfile

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from aecore.datasets import Images
from aecore.datasets._faults import faults, faults_of_columns
from aecore.errors import BadImport
from aecore.importers import listing, metadata

values = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12)),
    *(
        st.sampled_from(["", " ", "nan", "1e999", "-0", "٣", "²", "a", "b", "0.5", "7"]),
        st.lists(st.integers()),
    ),
)


def images(count: int, **known) -> Images:
    return Images(np.zeros((count, 8, 8, 1), np.uint8), **known)


@given(st.dictionaries(st.text(max_size=9), st.lists(values, min_size=5, max_size=5), max_size=6))
def test_columns_are_such_as_every_page_can_show(table):
    found, notes = metadata.columns(table)
    assert faults_of_columns(found, 5) == []
    assert len(found) + sum("is left out" in note for note in notes) == len(table)


@given(st.lists(values, min_size=16, max_size=40), st.booleans())
def test_labels_are_indices_into_classes_that_can_be_shown(given_values, are_words):
    try:
        found = metadata.labels("label", given_values, are_words=are_words)
    except BadImport:
        return
    if found.indices is None:
        assert found.classes == ()
        return
    known = found.indices >= 0
    assume(known.sum() >= 16)
    of_known = Images(np.zeros((known.sum(), 8, 8, 1), np.uint8), found.indices[known], found.classes)
    assert faults(of_known, found.classes) == []


@given(st.lists(st.sampled_from(["cat", "dog", "Zebra", "10", "9", "007"]), min_size=1))
def test_a_word_is_its_own_class(words):
    found = metadata.labels("label", words, are_words=True)
    assert found.indices is not None
    assert [found.classes[index] for index in found.indices] == words


def test_a_word_with_a_low_line_is_no_number():
    labels = metadata.labels("label", ["10", "1_0", "10", "1_0"])
    assert (labels.classes, labels.indices.tolist()) == (("10", "1_0"), [0, 1, 0, 1])
    (column,), _ = metadata.columns({"plot": ["1_0", "10", None]})
    assert column.words == ("10", "1_0")


def test_a_class_whose_name_could_be_taken_for_markup_is_called_by_the_likes_of_its_signs():
    words = ["<cat> [1]", "dog", "a" * 300, "tab\there"]
    found = metadata.labels("the folders", words, are_words=True)
    assert found.indices is not None
    called = [found.classes[index] for index in found.indices]
    assert called == ["‹cat› (1)", "dog", "a" * 199 + "…", "tab�here"]
    assert "'<cat> [1]' is called '‹cat› (1)'" in found.note
    with pytest.raises(BadImport, match="a class is called"):
        metadata.labels("the folders", ["a[1]", "a(1)"])


@given(st.binary(max_size=200), st.sampled_from(["metadata.csv", "metadata.jsonl"]))
def test_a_table_of_any_bytes_is_rows_of_named_files_or_refused(content, name):
    try:
        rows = metadata.rows(name, content)
    except BadImport:
        return
    assert rows
    assert all(isinstance(row[metadata.FILE_NAME], str) for row in rows)


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("metadata.csv", ",".join(["file_name", *map(str, range(1001))]), "has 1,002 columns"),
        (
            "metadata.jsonl",
            json.dumps({"file_name": "a"} | {str(k): 0 for k in range(1001)}),
            "1,002 columns",
        ),
        ("metadata.csv", "file_name,a,b,a\na.png,1,2,3", "has the column a twice"),
        ("metadata.csv", "file_name\n" + "a\n" * 10_011, "more than 10,010 rows"),
        ("metadata.jsonl", '{"file_name": "a"}\n' * 10_011, "more than 10,010 rows"),
    ],
)
def test_a_table_that_would_take_much_or_contradicts_itself_is_refused(monkeypatch, name, content, what):
    monkeypatch.setenv("AECORE_MOST_IMAGES", "10")
    with pytest.raises(BadImport, match=what):
        metadata.rows(name, content.encode())


def test_a_column_whose_name_or_words_could_be_taken_for_markup_is_kept_under_their_likes():
    table = {"length [mm]": [1.5, 2.5], "site": ["lake <north>", "pond"], "alike": ["[a]", "(a)"]}
    found, notes = metadata.columns(table)
    assert [(one.name, one.words) for one in found] == [
        ("length (mm)", ()),
        ("site", ("lake ‹north›", "pond")),
    ]
    assert notes == (
        "The column 'length [mm]' is called 'length (mm)'.",
        "In the column site 'lake <north>' is called 'lake ‹north›'.",
        "The column alike is left out: '[a]' and another word would be written alike.",
    )
    assert metadata.label_column([*table], "length (mm)") == "length [mm]"


def test_of_two_columns_that_would_be_called_alike_the_first_is_kept():
    found, notes = metadata.columns({"a[1]": [1, 2], "a(1)": [3, 4]})
    assert [(one.name, one.values.tolist()) for one in found] == [("a(1)", [1, 2])]
    assert notes[-1] == "The column a(1) is left out: another one is called a(1)."


def test_the_first_column_that_is_called_as_labels_is_taken():
    assert metadata.label_column(["label", "Label", "LABEL"], None) == "label"


def test_a_line_of_json_may_hold_any_letter():
    line = json.dumps({metadata.FILE_NAME: "a\u2028b.png"}, ensure_ascii=False)
    assert metadata.rows("metadata.jsonl", line.encode()) == [{metadata.FILE_NAME: "a\u2028b.png"}]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40), max_size=8))
def test_names_in_a_zip_stay_below_its_root_and_are_shown_as_text(tmp_path_factory, names):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in dict.fromkeys(names):
            archive.writestr(zipfile.ZipInfo(name or "x"), b"")
    path = tmp_path_factory.mktemp("zips") / "a.zip"
    path.write_bytes(stream.getvalue())
    try:
        found = listing.files_of(path)
    except BadImport:
        return
    for member in found.members:
        assert not {"", ".", ".."} & set(member.parts)
        assert not member.name.startswith("/")
    for one in found.skipped:
        assert one.name.isprintable()
        assert len(one.name) <= listing.LONGEST_NAME
