"""Classes lose nothing on their way to the disk and back, and are never worked with in one byte."""

import numpy as np
import pytest
import safetensors
from hypothesis import given
from hypothesis import strategies as st

from aecore.storage.store import RunStore
from aecore.storage.tensors import pack_labels, unpack_labels
from tests.finished_runs import finished

classes = st.lists(st.integers(-(2**15), 2**15 - 1), max_size=8)


@given(st.lists(st.integers(0, 300), max_size=8) | classes)
def test_classes_come_back_the_same(labels):
    labels = np.array(labels, np.int16)
    found = unpack_labels(pack_labels({"labels": labels}))["labels"]
    assert found.dtype == np.int16
    np.testing.assert_array_equal(found, labels)


@pytest.mark.parametrize(
    ("labels", "expected"), [([0, 255], np.uint8), ([0, 256], np.int16), ([-1, 3], np.int16)]
)
def test_classes_are_one_byte_where_they_fit(labels, expected):
    found = pack_labels({"labels": np.array(labels, np.int16), "conditions": np.array(labels, np.int16)})
    assert {array.dtype for array in found.values()} == {np.dtype(expected)}


def test_what_is_no_class_stays_as_it_is():
    arrays = {"errors": np.zeros(3, np.float16), "indices": np.arange(3, dtype=np.int16)}
    for change in (pack_labels, unpack_labels):
        assert {name: array.dtype for name, array in change(arrays).items()} == {
            "errors": np.float16,
            "indices": np.int16,
        }


def test_a_store_writes_one_byte_a_class_and_reads_two(tmp_path):
    written = finished()
    written.codes["conditions"] = written.codes["labels"][::-1]
    run = RunStore(tmp_path / "store").write(written)
    with safetensors.safe_open(run.path / "codes.safetensors", framework="numpy") as file:
        assert (file.get_slice("labels").get_dtype(), file.get_slice("conditions").get_dtype()) == (
            "U8",
            "U8",
        )
    for name in ("labels", "conditions"):
        assert run.arrays[name].dtype == np.int16
        np.testing.assert_array_equal(run.arrays[name], written.codes[name])


def test_a_run_stored_before_is_read_as_it_was(tmp_path, monkeypatch):
    monkeypatch.setattr("aecore.storage.store.pack_labels", dict)
    run = RunStore(tmp_path / "store").write(finished())
    with safetensors.safe_open(run.path / "codes.safetensors", framework="numpy") as file:
        assert file.get_slice("labels").get_dtype() == "I16"
    np.testing.assert_array_equal(run.arrays["labels"], finished().codes["labels"])
