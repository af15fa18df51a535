"""Archives: a run goes out and comes in the same, and nothing else comes in."""

import contextlib
import dataclasses
import hashlib
import io
import json
import math
import pickle
import stat
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st

from aecore import runs
from aecore.config import RunConfig
from aecore.decoder import Decoder
from aecore.errors import AecoreError, BadArchive, ReadOnly, RunChanged
from aecore.evaluation import evaluation
from aecore.storage import archive_validation, archives, replay
from aecore.storage.annotations import Annotation
from aecore.storage.snapshots import MOST_FRAMES, Frame
from aecore.storage.store import RunStore
from aecore.storage.tensors import as_array
from tests.conftest import ROOT
from tests.finished_runs import IMAGES, finished, read_all

LAYERS = finished().about["layers"]


def frame(epoch: int, layers: list[dict] | None = None, **changes) -> Frame:
    """What one epoch of `finished` could have looked like."""
    run = finished()
    shown = np.zeros((8, 8, 8, 1), np.uint8)
    made = Frame(epoch, run.codes["codes"], Decoder(layers or LAYERS, run.weights), shown, error=0.5)
    return dataclasses.replace(made, **changes)


ENLARGED = {"type": "upsample", "scale": [32, 32]}
SHRUNK = {"type": "max_pool2d", "kernel": [32, 32], "stride": [32, 32]}
REWIND = replay.packed([frame(0), frame(1)])


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run with all that a run can have."""
    made = dataclasses.replace(finished(), rewind=REWIND, annotation=Annotation("my first", "a note"))
    return RunStore(tmp_path_factory.mktemp("whole")).write(made)


@pytest.fixture
def archive(run):
    return archives.export(run)


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "store")


def members(archive: bytes) -> dict[str, bytes]:
    """What an archive holds by name."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def zipped(contents: dict[str, bytes] | list[tuple], method: int = zipfile.ZIP_STORED) -> bytes:
    """Contents by name as a zip file; a list may hold a name twice, or a ZipInfo for one."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in contents.items() if isinstance(contents, dict) else contents:
            archive.writestr(name, content)
    return buffer.getvalue()


def vouched(contents: dict[str, bytes], change=None) -> bytes:
    """An archive whose manifest vouches for what is in it, after a change to the manifest's values."""
    manifest = json.loads(contents["manifest.json"])
    names = [name for name in contents if name not in ("manifest.json", "label.json")]
    manifest["files"] = {
        name: {"bytes": len(contents[name]), "sha256": hashlib.sha256(contents[name]).hexdigest()}
        for name in names
    }
    if change:
        change(manifest)
    return zipped(contents | {"manifest.json": json.dumps(manifest).encode()})


def refused(archive: bytes, store: RunStore, match: str) -> None:
    """See that an archive is refused for a reason, and that nothing of it stays."""
    with pytest.raises(BadArchive, match=match) as caught:
        archives.import_file(archive, store)
    assert str(caught.value).startswith("This file cannot be imported: ")
    left = [path for path in store.root.rglob("*") if path.is_file()] if store.root.exists() else []
    assert left == []
    assert store.listing().runs == store.listing().damaged == []


# There and back


def test_a_run_comes_back_byte_for_byte(run, archive, store):
    received = archives.import_archive(archive, store)
    assert not received.existed
    contents = {path.name: path.read_bytes() for path in received.run.path.iterdir()}
    original = {path.name: path.read_bytes() for path in run.path.iterdir()}
    manifest = json.loads(contents.pop("manifest.json"))
    assert manifest.pop("imported") == received.run.manifest["imported"]  # the one thing that it adds
    assert manifest == json.loads(original.pop("manifest.json"))
    assert contents == original
    read_all(received.run)
    assert received.run.rewind_path.read_bytes() == REWIND
    assert received.run.annotation == Annotation("my first", "a note")


def test_an_archive_is_one_zip_file_with_the_manifest_first_and_everything_stored(archive):
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert opened.testzip() is None
        assert opened.namelist()[0] == "manifest.json"
        assert {info.compress_type for info in opened.infolist()} == {zipfile.ZIP_STORED}


def test_the_same_run_gives_the_same_bytes(run, archive):
    assert archives.export(run) == archive


def test_a_file_is_named_after_its_run_and_takes_the_place_of_an_older_one(run, tmp_path, archive):
    (tmp_path / f"{run.run_id}.aerun").write_text("older")
    path = archives.export_file(run, tmp_path)
    assert (path.name, path.read_bytes()) == (f"{run.run_id}.aerun", archive)


@pytest.mark.parametrize("form", ["bytes", "stream", "path"])
def test_an_archive_is_read_from_wherever_it_is(archive, store, tmp_path, form):
    (tmp_path / "a.aerun").write_bytes(archive)
    source = {"bytes": archive, "stream": io.BytesIO(archive), "path": tmp_path / "a.aerun"}[form]
    read_all(archives.import_file(source, store))


def test_a_run_without_epochs_and_label_comes_back_too(store, tmp_path):
    run = RunStore(tmp_path / "other").write(finished())
    found = archives.import_file(archives.export(run), store)
    assert (found.has_rewind, found.annotation) == (False, Annotation())


def test_what_another_program_compressed_is_read(archive, store):
    read_all(archives.import_file(zipped(members(archive), zipfile.ZIP_DEFLATED), store))


def test_a_run_that_is_there_is_opened_and_keeps_its_name(archive, store):
    mine = archives.import_file(archive, store)
    store.annotate(mine, "mine")
    before = {path: path.stat().st_mtime_ns for path in mine.path.iterdir()}
    received = archives.import_archive(archive, store)
    assert (received.existed, received.run.annotation) == (True, Annotation("mine"))
    assert {path: path.stat().st_mtime_ns for path in mine.path.iterdir()} == before


def test_a_damaged_run_gives_way_to_an_imported_one(archive, store):
    found = archives.import_file(archive, store)
    (found.path / "weights.safetensors").write_bytes(b"")
    received = archives.import_archive(archive, store)
    assert not received.existed
    read_all(received.run)


def test_every_kind_of_run_that_can_be_trained_comes_back(finished_store, store):
    runs = finished_store.listing().runs
    for run in runs:
        read_all(archives.import_file(archives.export(run), store))
    assert len(store.listing().runs) == len(runs) > 10


def test_a_shipped_run_comes_back(store):
    for run in RunStore(ROOT / "pretrained").listing().runs[::9]:
        read_all(archives.import_file(archives.export(run), store))


def test_where_what_is_stored_is_only_shown_nothing_is_imported_but_can_be_exported(
    run, archive, store, monkeypatch
):
    monkeypatch.setenv("AECORE_READ_ONLY", "1")
    with pytest.raises(ReadOnly, match="importing runs is switched off"):
        archives.import_file(archive, store)
    assert not store.root.exists()
    assert archives.export(run) == archive


# Not an archive


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", b"not a zip" * 99, pickle.dumps({"a": 1}), REWIND, b"PK\5\6" + bytes(18)],
    ids=["empty", "two bytes", "text", "pickle", "safetensors", "empty zip"],
)
def test_a_file_that_is_no_archive_is_refused(store, content):
    refused(content, store, "zip file|lacks")


def test_a_file_that_is_not_there_is_refused(store, tmp_path):
    with pytest.raises(BadArchive, match="cannot be read"):
        archives.import_file(tmp_path / "nothing.aerun", store)


def test_an_archive_cut_anywhere_is_refused(archive, store):
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        starts = [info.header_offset for info in opened.infolist()]
    cuts = {0, 1, len(archive) - 1, len(archive) - 21, len(archive) - 22, len(archive) - 23}
    for start, end in zip(starts, [*starts[1:], opened.start_dir], strict=True):
        cuts |= {start, start + 15, start + 30, (start + end) // 2, end}
    for length in cuts - {len(archive)}:
        refused(archive[:length], store, "zip file|lacks|cannot be unpacked")


def test_a_byte_changed_anywhere_is_refused_or_changes_nothing(archive, tmp_path, run):
    """A few bytes of a zip file say nothing: times, versions, the attributes of another system."""
    rng, changed = np.random.default_rng(0), 0
    places = rng.choice(len(archive), 150, replace=False)
    for number, place in enumerate(places):
        broken = bytearray(archive)
        broken[place] ^= 0xFF
        store = RunStore(tmp_path / str(number))
        try:
            found = archives.import_file(bytes(broken), store)
        except BadArchive:
            assert store.listing().runs == store.listing().damaged == []
            changed += 1
        else:
            assert found.arrays.keys() == run.arrays.keys()
            assert found.content("weights.safetensors") == run.content("weights.safetensors")
    assert changed > 100


@settings(max_examples=60)
@given(data=st.binary(max_size=300), at=st.floats(0, 1))
def test_whatever_is_written_into_an_archive_it_is_refused_or_whole(tmp_path_factory, run, data, at):
    archive = archives.export(run)
    place = int(at * len(archive))
    store = RunStore(tmp_path_factory.mktemp("any"))
    try:
        read_all(archives.import_file(archive[:place] + data + archive[place + len(data) :], store))
    except BadArchive:
        assert store.listing().runs == store.listing().damaged == []


# Members


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "/etc/evil",
        "a/weights.safetensors",
        "C:\\evil",
        "evil.pkl",
        "weights.safetensors/",
        "x" * 500,
        "WEIGHTS.safetensors",
        "label.json ",
        "__MACOSX/x",
    ],
)
def test_a_member_of_any_other_name_is_refused(archive, store, tmp_path, name):
    contents = members(archive) | {name: b"evil"}
    del contents["label.json"]  # else there is one too many, and no name is looked at
    refused(zipped(contents), store, "which is no part of a run")
    assert not list(tmp_path.rglob("*evil*"))


def test_a_name_that_is_cut_where_it_is_read_is_refused(archive, store):
    contents = members(archive) | {"weights.safetensors_x": b"evil"}
    del contents["label.json"]
    longer = zipped(contents)
    refused(longer.replace(b"weights.safetensors_x", b"weights.safetensors\0x"), store, "no part of a run")


@pytest.mark.parametrize("name", archives.NEEDED)
def test_an_archive_that_lacks_a_file_is_refused(archive, store, name):
    contents = members(archive)
    del contents[name]
    refused(zipped(contents), store, f"it lacks {name}")


def test_a_name_that_comes_twice_is_refused(archive, store):
    contents = [item for item in members(archive).items() if item[0] != "label.json"]
    with pytest.warns(UserWarning, match="Duplicate name"):
        twice = zipped([*contents, ("metrics.json", b"{}")])
    refused(twice, store, r"metrics\.json twice")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFDIR, stat.S_IFIFO])
def test_what_is_no_plain_file_is_refused(archive, store, kind):
    link = zipfile.ZipInfo("weights.safetensors")
    link.external_attr = (kind | 0o777) << 16
    contents = [item for item in members(archive).items() if item[0] != "weights.safetensors"]
    refused(zipped([*contents, (link, b"/etc/passwd")]), store, "is a link or something else")


def test_an_encrypted_member_is_refused(archive, store):
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        start = opened.start_dir
    locked = bytearray(archive)
    locked[start + 8] |= 1
    refused(bytes(locked), store, "is encrypted")


def test_another_compression_is_refused(archive, store):
    refused(zipped(members(archive), zipfile.ZIP_LZMA), store, "compressed by a method")


def test_a_file_that_the_manifest_does_not_know_is_refused(archive, store):
    contents = members(archive)
    manifest = json.loads(contents["manifest.json"])
    del manifest["files"]["rewind.safetensors"]
    contents["manifest.json"] = json.dumps(manifest).encode()
    refused(zipped(contents), store, "its manifest names")


@pytest.mark.parametrize(
    "name", ["weights.safetensors", "codes.safetensors", "metrics.json", "rewind.safetensors"]
)
def test_a_file_that_is_not_what_its_manifest_says_is_refused(archive, store, name):
    contents = members(archive)
    content = bytearray(contents[name])
    content[-2] ^= 1
    refused(zipped(contents | {name: bytes(content)}), store, f"{name} is not what its manifest says")


# Sizes


def test_a_bomb_that_says_how_large_it_is_is_refused_before_it_is_unpacked(archive, store):
    bomb = members(archive) | {"rewind.safetensors": bytes(600 * 2**20)}
    packed = zipped(bomb, zipfile.ZIP_DEFLATED)
    del bomb
    assert len(packed) < 2**20
    tracemalloc.start()
    refused(packed, store, "unpacks to 600 MB, and 512 MB are the most allowed")
    assert tracemalloc.get_traced_memory()[1] < 2**22
    tracemalloc.stop()


def declaring(archive: bytes, name: str, size: int) -> bytes:
    """An archive whose list of members, and the member itself, declare another size for one."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        local, place = opened.getinfo(name).header_offset, opened.start_dir
        for info in opened.infolist():
            if info.filename == name:
                break
            place += 46 + len(info.filename)
    lying = bytearray(archive)
    lying[local + 22 : local + 26] = lying[place + 24 : place + 28] = struct.pack("<L", size)
    return bytes(lying)


def test_a_bomb_that_lies_about_its_size_is_stopped_where_the_lie_shows(archive, store):
    bomb = members(archive) | {"rewind.safetensors": bytes(50 * 2**20)}
    lying = declaring(zipped(bomb, zipfile.ZIP_DEFLATED), "rewind.safetensors", 1000)
    refused(lying, store, r"rewind\.safetensors (unpacks to more|cannot be unpacked)")


def test_a_member_that_is_shorter_than_it_says_is_refused(archive, store):
    longer = declaring(zipped(members(archive), zipfile.ZIP_DEFLATED), "codes.safetensors", 250_000)
    refused(longer, store, r"codes\.safetensors (ends after|cannot be unpacked)")


@pytest.mark.parametrize("name", ["manifest.json", "metrics.json", "label.json"])
def test_a_text_that_is_far_too_long_is_refused(archive, store, name):
    contents = members(archive) | {name: b"[" + b"0," * 2**20 + b"0]"}
    bad = zipped(contents) if name != "metrics.json" else vouched(contents)
    refused(bad, store, f"{name} declares .* bytes, and .* are the most allowed")


def test_a_list_of_members_too_long_to_be_that_of_a_run_is_refused_before_it_is_read(store):
    many = zipped({f"{number:05}": b"" for number in range(20_000)})
    tracemalloc.start()
    refused(many, store, "holds more than the 7 files that a run can have")
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


def test_a_list_of_members_that_hides_its_length_is_refused_before_it_is_read(store):
    many = bytearray(zipped({f"{number:05}": b"" for number in range(20_000)}))
    many[-14:-10] = struct.pack("<HH", 6, 6)  # how many there are, it says
    tracemalloc.start()
    refused(bytes(many), store, "holds more than the 7 files that a run can have")
    assert tracemalloc.get_traced_memory()[1] < 2**21
    tracemalloc.stop()


def test_a_file_that_is_too_large_is_refused_before_it_is_read(store, tmp_path):
    path = tmp_path / "large.aerun"
    with path.open("wb") as file:
        file.truncate(2**30)  # takes no room
    with pytest.raises(BadArchive, match="it has 1,024 MB, and 512 MB are the most allowed"):
        archives.import_file(path, store)


# What the manifest says


def changed(**values):
    return lambda manifest: manifest.update(values)


def config(**values):
    return lambda manifest: manifest["config"].update(values)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (config(seed=5), "its manifest is that of 'digits-vae-z2-.*, and its config that of"),
        (config(variant="../../evil"), "does not make sense"),
        (config(dataset="a/b"), "does not make sense"),
        (config(latent_dim=-1), "does not make sense"),
        (config(surprise=1), "does not make sense"),
        (changed(run_id="../../evil"), r"its manifest is that of '\.\./\.\./evil'"),
        (changed(run_id=3), "lacks or garbles run_id"),
        (changed(config=None), "does not make sense"),
        (changed(files=[]), "does not make sense"),
        (changed(files={}), "lacks or garbles files, weights.safetensors"),
        (changed(format=99), "stored in format 99"),
        (changed(format="2"), "does not make sense"),
        (changed(format=0), r"does not make sense \(its format is 0\)"),
        (changed(format=float("nan")), r"does not make sense \(its format is nan\)"),
        (changed(format=float("-inf")), r"does not make sense \(its format is -inf\)"),
        (changed(format=1.5), r"does not make sense \(its format is 1.5\)"),
        (changed(format=True), r"does not make sense \(its format is True\)"),
        (changed(title=None), "lacks or garbles title"),
        (changed(title="x" * 300), "the title in its manifest is not a line of at most 200 letters"),
        (
            changed(title="![](http://evil/pixel.png)"),
            "the title in its manifest is not a line of at most 200 letters",
        ),
        (
            changed(data_title="<script>"),
            "the data_title in its manifest is not a line of at most 200 letters",
        ),
        (changed(machine="a\nb"), "the machine in its manifest is not a line of at most 200 letters"),
        (
            changed(classes=["<b>"] * 5),
            "name of a class in its manifest is not a line of at most 200 letters",
        ),
        (changed(classes=[]), "its classes are not those of Digits 8×8"),
        (changed(classes=[str(n) for n in range(1001)]), "it has 1,001 classes"),
        (changed(classes=["0", "1"]), "its classes are not those of Digits 8×8"),
        (changed(classes=[str(n) for n in range(33)]), "its classes are not those of Digits 8×8"),
        (changed(created="yesterday"), "does not make sense"),
        (changed(created="2026-11-21\ud80000:00:00+00:00"), "does not make sense"),
        (changed(created="2026-11-21 00:00:00+00:00"), "does not make sense"),
        (changed(created="20261121T000000"), "does not make sense"),
        (changed(created="9999-12-31T23:59:59+00:00"), "does not make sense"),
        (changed(imported="2026-11-21x00:00:00+00:00"), "does not make sense"),
        (changed(measured=3), "does not make sense"),
        (changed(created="2926-01-01T00:00:00+00:00"), "created on 2926-01-01, a day that is still to come"),
        (changed(prior="evil"), "no prior called 'evil'"),
        (changed(image_shape=[2, -2, 1]), "its images have the shape"),
        (changed(image_shape=[2, True, 1]), "its images have the shape"),
        (changed(image_shape=[10**9, 2, 1]), "its images have the shape"),
        (changed(seconds=-1), "its seconds are no number"),
        (changed(seconds=1e299), "its seconds are no number"),
        (changed(parameters=13), "it holds 1,156 parameters, and its manifest says 13"),
        (changed(networks={"encoder": "evil"}), "its networks are no lists of layers"),
        (changed(networks={"encoder": [{"layer": 1}]}), "its networks are no lists of layers"),
        (changed(layers=[{"type": "linear", "weight": "decoder.9.weight"}]), "names 'decoder.9.weight'"),
        (changed(layers=[{"type": "linear", "weight": 3}]), "names '3'"),
        (changed(layers=[{"weight": "decoder.0.weight"}]), "layer 1 of its decoder is of the type 'None'"),
        (changed(layers=[{"type": "repeat", "times": 10**9}]), "its times is '1000000000'"),
        (changed(layers=[{"type": "repeat", "times": "evil"}]), "its times is 'evil'"),
        (changed(layers=[{"type": "relu"}] * 2000), "its decoder has 2,000 layers"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(archive, store, change, match):
    refused(vouched(members(archive), change), store, match)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"3", b"\xff", b"[" * 100_000, b"{}", b'{"config": 1}']
)
def test_a_manifest_that_is_none_is_refused(archive, store, content):
    refused(
        zipped(members(archive) | {"manifest.json": content}), store, r"manifest\.json does not make sense"
    )


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("history.json", b"{}", "its history is no list of epochs"),
        ("history.json", b'[{"number": 1}]', "its history is no list of epochs"),
        ("history.json", b'[{"number": 1, "seconds": NaN, "train": {}, "test": {}}]', "its history"),
        ("history.json", b'[{"number": 1, "seconds": 1, "train": {"a": "b"}, "test": {}}]', "its history"),
        ("history.json", b"[" * 2000, "its history is no list of epochs"),
        ("history.json", b"[" * 100_000, "history.json declares 100,000 bytes, and 3,060 are the most"),
        ("metrics.json", b"[]", "its metrics are no numbers"),
        ("metrics.json", b'{"mse": "0.1"}', "its metrics are no numbers"),
        ("metrics.json", b'{"mse": Infinity}', "its metrics are no numbers"),
        ("metrics.json", b'{"mse": 1, "": 1}', "its metrics are no numbers"),
        ("metrics.json", b'{"bce": 0.1}', "its metrics are no numbers"),
        ("metrics.json", b"evil", "metrics.json is not JSON"),
        ("metrics.json", b'{"mse": -5}', "its mse is -5"),
        ("metrics.json", b'{"mse": 1, "active_units": 1e299}', r"its active_units is 1e\+299"),
        ("metrics.json", b'{"mse": 1, "active_units": 3}', "its active_units is 3"),
        ("metrics.json", b'{"mse": 1, "hole_share_null": 1.1}', "its hole_share_null is 1.1"),
        ("metrics.json", b'{"mse": 1, "psnr": 101}', "its psnr is 101"),
        ("metrics.json", b'{"mse": 1, "ssim": -1.1}', "its ssim is -1.1"),
        (
            "history.json",
            b'[{"number": 1, "seconds": 1e299, "train": {"a": 1}, "test": {"a": 1}}]',
            "its hist",
        ),
        ("label.json", b'{"name": "\\u0000", "note": ""}', "label.json is no name and note"),
        ("label.json", b"[]", "label.json is no name and note"),
        ("weights.safetensors", pickle.dumps({"a": 1}), "weights.safetensors is no safetensors file"),
        ("codes.safetensors", pickle.dumps({"a": 1}), "codes.safetensors is no safetensors file"),
        ("rewind.safetensors", pickle.dumps({"a": 1}), "rewind.safetensors is no safetensors file"),
        ("weights.safetensors", b"\xff" * 100, "weights.safetensors is no safetensors file"),
    ],
)
def test_a_file_that_is_none_of_its_kind_is_refused_even_where_the_manifest_vouches_for_it(
    archive, store, name, content, match
):
    refused(vouched(members(archive) | {name: content}), store, match)


def arrays(**values) -> dict[str, np.ndarray | None]:
    return values


NANS, INFINITE = np.full((IMAGES, 2), np.nan, np.float32), np.full(IMAGES, np.inf, np.float32)
TENS = np.full(IMAGES, 10, np.int16)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (arrays(codes=None), "codes.safetensors lacks codes"),
        (arrays(labels=None), "codes.safetensors lacks labels"),
        (arrays(errors=None), "codes.safetensors lacks errors"),
        (
            arrays(codes=np.zeros((5, 3), np.float32)),
            r"codes .* of shape \[5, 3\], and \[599, 2\] is expected",
        ),
        (arrays(codes=np.zeros((4, 2), np.float32)), r"and \[599, 2\] is expected"),
        (arrays(codes=np.zeros(5, np.float32)), "is expected"),
        (arrays(codes=np.zeros((IMAGES, 2), np.float64)), "codes in codes.safetensors are F64"),
        (
            arrays(codes=NANS),
            "codes in codes.safetensors are not all numbers",
        ),
        (
            arrays(codes=np.full((IMAGES, 2), -1e16, np.float32)),
            r"its latent codes reach to 1e\+16",
        ),
        (
            arrays(errors=INFINITE),
            "errors in codes.safetensors are not all numbers",
        ),
        (
            arrays(labels=TENS),
            "labels in codes.safetensors name classes beyond the 10",
        ),
        (arrays(labels=np.full(IMAGES, -1, np.int16)), "labels in codes.safetensors name classes"),
        (arrays(labels=np.zeros(6, np.int16)), r"labels .* of shape \[6\]"),
        (arrays(labels=np.zeros(IMAGES, np.float32)), "labels in codes.safetensors are F32"),
        (arrays(conditions=np.full(IMAGES, 99, np.int16)), "conditions in codes.safetensors name classes"),
        (arrays(log_var=np.zeros((5, 1), np.float32)), "log_var"),
        (arrays(kl=np.zeros(3, np.float32)), "kl"),
        (arrays(errors=np.full(IMAGES, -0.5, np.float32)), "errors .* run from -0.5 to -0.5, not from 0 to"),
        (arrays(kl=np.array([1, -2], np.float32)), "kl .* run from -2 to 1, not from -0.001 to"),
        (arrays(log_var=np.full((IMAGES, 2), 900, np.float16)), "log_var .* to 900, not from -100 to 80"),
        (arrays(log_var=np.full((IMAGES, 2), -3e38, np.float32)), "log_var .* not from -100 to 80"),
        (arrays(surprise=np.zeros(3, np.float32)), "'surprise', which is no part of a run"),
    ],
)
def test_codes_that_do_not_fit_the_manifest_are_refused(archive, store, change, match):
    contents = members(archive)
    found = safetensors.numpy.load(contents["codes.safetensors"]) | change
    codes = {name: np.ascontiguousarray(array) for name, array in found.items() if array is not None}
    refused(vouched(contents | {"codes.safetensors": safetensors.numpy.save(codes)}), store, match)


@pytest.mark.parametrize(
    ("frames", "match"),
    [
        ([frame(0, codes=np.full((IMAGES, 2), np.nan, np.float32))], "epoch 0 is not all numbers"),
        ([frame(0, codes=np.full((IMAGES, 2), 1e16, np.float32))], r"the codes of epoch 0 reach to 1e\+16"),
        ([frame(0, layers=[*LAYERS, *[{"type": "gelu"}] * 300])], "a decoder has 305 layers"),
        (
            [frame(0, layers=[*LAYERS, ENLARGED, *[{"type": "gelu"}] * 9, SHRUNK])],
            "of epoch 0, its decoder takes 72[0-9],[0-9]+ products",
        ),
        ([frame(0, codes=np.zeros((4, 2), np.float32))], "lacks or garbles 000000/codes"),
        ([frame(0, codes=np.zeros((IMAGES, 3), np.float32))], "lacks or garbles 000000/codes"),
        ([frame(0, shown=np.zeros((5, 9, 9, 1), np.uint8))], "lacks or garbles 000000/shown"),
        ([frame(0, layers=[{"type": "repeat", "times": 10**9}])], "its times is '1000000000'"),
        ([frame(number) for number in range(MOST_FRAMES + 1)], "epochs to look back at"),
        ([frame(0, codes=np.zeros((1, 2)), rows=np.array([IMAGES]))], "test images that there are not"),
    ],
)
def test_epochs_that_do_not_fit_the_run_are_refused(archive, store, frames, match):
    refused(vouched(members(archive) | {"rewind.safetensors": replay.packed(frames)}), store, match)


def shared_decoder(epochs: int, width: int, shape: tuple[int, int, int, int] = (8, 8, 8, 1)) -> bytes:
    """A rewind whose epochs all name one wide matrix of eight bits."""
    layers = [
        {"type": "linear", "weight": "decoder.a"},
        {"type": "linear", "weight": "decoder.b"},
        {"type": "unflatten", "shape": [1, 8, 8]},
    ]
    frames = [{"epoch": n, "error": None, "layers": 0, "decoder_error": None} for n in range(epochs)]
    tensors = {
        "rows": np.arange(2, dtype=np.int32),
        "about": as_array({"format": 1, "layers": [layers], "frames": frames}),
        "shared/decoder/decoder.a": np.ones((width, 2), np.float16),
        "shared/decoder/decoder.b": np.ones((64, width), np.int8),
        "shared/scale/decoder.b": np.ones(64, np.float16),
    }
    for number in range(epochs):
        tensors[f"{number:06d}/codes"] = np.zeros((2, 2), np.float32)
        tensors[f"{number:06d}/shown"] = np.zeros(shape, np.uint8)
    return safetensors.numpy.save(tensors)


def test_epochs_that_share_one_decoder_weigh_what_they_expand_to(archive, store):
    contents = members(archive)
    bomb = contents | {"rewind.safetensors": shared_decoder(MOST_FRAMES, 30_000)}
    long = bomb | {"history.json": records(MOST_FRAMES)}
    refused(
        configured(long, epochs=MOST_FRAMES),
        store,
        "its epochs unpack to 158,[0-9,]+ bytes, and 96,[0-9,]+ are the most",
    )
    small = contents | {"rewind.safetensors": shared_decoder(2, 100)}
    found = replay.open_rewind(archives.import_file(vouched(small), store))
    sizes = [sum(array.nbytes for array in found.decoder(epoch).tensors.values()) for epoch in found.epochs]
    assert sizes == [found.decoder_bytes(epoch) for epoch in found.epochs]


def test_a_scale_that_would_be_spread_over_a_weight_is_refused_before_it_is_read(archive, store):
    tensors = dict(safetensors.numpy.load(shared_decoder(1, 100)))
    tensors["shared/decoder/decoder.b"] = np.ones((1, 15_000, 1), np.int8)
    tensors["shared/scale/decoder.b"] = np.ones((1, 15_000), np.float16)
    bad = vouched(members(archive) | {"rewind.safetensors": safetensors.numpy.save(tensors)})
    assert peak(bad, store, "lacks or garbles 000000/decoder.b") < 2**24


def test_the_decoder_of_an_epoch_is_tried_out_where_models_can_be_built(archive, store):
    largest = np.finfo(np.float32).max
    signs = {name: np.where(array >= 0, largest, -largest) for name, array in finished().weights.items()}
    wild = frame(1, decoder=Decoder(LAYERS, {name: one.astype(np.float32) for name, one in signs.items()}))
    other = frame(1, layers=[*LAYERS[:-1], {"type": "tanh"}])
    for one, match in (
        (wild, "of epoch 1, its decoder draws pixels"),
        (other, "layers of the decoder of ep"),
    ):
        bad = vouched(members(archive) | {"rewind.safetensors": replay.packed([frame(0), one])})
        with pytest.raises(BadArchive, match=match):
            archives.import_file(bad, store, runs.check_model)


def test_epochs_of_some_of_the_test_images_are_taken(archive, store):
    some = replay.packed([frame(0, codes=np.ones((2, 2)), rows=np.array([1, 4]))])
    found = archives.import_file(vouched(members(archive) | {"rewind.safetensors": some}), store)
    assert replay.open_rewind(found).rows.tolist() == [1, 4]


def test_a_run_without_images_is_refused(archive, store):
    contents = members(archive)
    found = safetensors.numpy.load(contents["codes.safetensors"])
    none = {name: np.ascontiguousarray(array if name == "kl" else array[:0]) for name, array in found.items()}
    refused(vouched(contents | {"codes.safetensors": safetensors.numpy.save(none)}), store, "is expected")


def test_weights_of_a_type_that_no_model_has_are_refused(archive, store):
    weights = {"decoder.0.weight": np.zeros((4, 2), np.uint8), "decoder.0.bias": np.zeros(4, np.float32)}
    contents = members(archive) | {"weights.safetensors": safetensors.numpy.save(weights)}
    refused(vouched(contents), store, "'decoder.0.weight' are of type U8")


@pytest.mark.parametrize(
    ("part", "what"), [("encoder", "its encoder makes"), ("decoder", "its decoder draws")]
)
def test_a_model_that_computes_no_numbers_is_refused_where_models_can_be_built(
    finished_run, store, part, what
):
    stored, largest = finished_run("vae").stored, np.finfo(np.float32).max
    signs = {name: np.where(array >= 0, largest, -largest) for name, array in stored.weights.items()}
    weights = {
        name: (signs[name] if name.startswith(part) else array).astype(np.float32)
        for name, array in stored.weights.items()
    }
    contents = members(archives.export(stored)) | {"weights.safetensors": safetensors.numpy.save(weights)}
    with pytest.raises(BadArchive, match=f"its {part} (makes|draws) .* not finite numbers"):
        archives.import_file(vouched(contents), store, runs.check_model)


# Marked as imported


def test_an_imported_run_says_so_and_goes_out_as_it_came(run, archive, store):
    found = archives.import_file(archive, store)
    assert (run.origin, run.caveat, run.is_hearsay) == ("2026-01-01", "", False)
    today = found.manifest["imported"][:10]
    assert (found.origin, found.is_hearsay) == (f"imported {today}", True)
    assert found.caveat == (
        f"This run was imported on {today}: its numbers came with the file and were not measured here. "
        f"To measure them again: python -m aecore evaluate {found.run_id} --keep"
    )
    assert archives.export(found) == archive


def test_a_file_cannot_say_that_it_was_never_imported_or_was_measured_here(archive, store):
    claims = changed(imported="2020-01-01T00:00:00+00:00", measured="2020-01-01T00:00:00+00:00")
    found = archives.import_file(vouched(members(archive), claims), store)
    assert found.is_hearsay
    assert "2020" not in found.manifest["imported"]


def test_measuring_an_imported_run_again_replaces_its_numbers_and_says_so(finished_run, store):
    honest = finished_run("vae").stored
    contents = members(archives.export(honest)) | {"metrics.json": b'{"mse": 0.000001}'}
    lie = archives.import_file(vouched(contents), store, runs.check_model)
    assert lie.metrics == {"mse": 0.000001}
    found = runs.remeasure(runs.Run(lie)).stored
    assert found.metrics["mse"] == pytest.approx(honest.metrics["mse"], rel=1e-3)
    assert found.origin == f"{lie.origin}, measured here"
    assert (found.caveat, found.manifest["imported"]) == ("", lie.manifest["imported"])


def test_titles_are_those_that_are_known_here(archive, store):
    found = archives.import_file(
        vouched(members(archive), changed(title="Best", data_title="My data")), store
    )
    assert (found.manifest["title"], found.manifest["data_title"]) == (
        "Variational autoencoder",
        "Digits 8×8",
    )
    assert store.listing().runs[0].manifest["title"] == "Variational autoencoder"


# What expands, and what no page could show


def saved(**tensors) -> bytes:
    return safetensors.numpy.save({name.replace("__", "."): array for name, array in tensors.items()})


def configured(contents: dict[str, bytes], **settings) -> bytes:
    """An archive that is of another config, and honest about it."""
    wanted = json.loads(contents["manifest.json"])["config"] | settings

    def change(manifest):
        manifest["config"] = wanted
        with contextlib.suppress(AecoreError):
            manifest["run_id"] = RunConfig.from_json(wanted).run_id

    return vouched(contents, change)


SURROGATE = json.loads('"\\ud800"')


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({SURROGATE: 1.0}, "the name of an option cannot be '.ud800'"),
        ({"![](//host/p.png)": 1.0}, "the name of an option cannot be"),
        ({"beta": SURROGATE}, "beta cannot be"),
        ({"beta": "![](//host/p.png)" * 9}, "beta cannot be"),
        ({"beta": {"a": 1}}, "beta cannot be"),
        ({"hidden": [8] * 65}, "hidden cannot be"),
        ({"hidden": [[8]]}, "hidden cannot be"),
        ({"beta": math.nan}, "beta cannot be nan"),
        ({f"o{number}": 1 for number in range(99)}, "at most 64 values by name"),
    ],
)
def test_options_are_held_to_the_rule_of_those_that_are_typed(archive, store, options, match):
    contents = members(archive)
    before = json.loads(contents["manifest.json"])["config"]["options"]
    refused(configured(contents, options=before | options), store, match)


@pytest.mark.parametrize("settings", [{"dataset": "apples"}])
def test_a_run_of_what_is_not_known_here_is_refused(archive, store, settings):
    refused(configured(members(archive), **settings), store, "There is no data set called")


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (changed(image_shape=[8, 8, 2]), r"its images have the shape \[8, 8, 2\]"),
        (changed(image_shape=[1024, 1024, 1]), r"\[1024, 1024, 1\], and those of Digits 8×8 \[8, 8, 1\]"),
        (changed(networks={"encoder": []}), "its networks are no lists of layers"),
        (changed(networks={SURROGATE: [{"layer": "x", "parameters": 1}]}), "its networks are no lists"),
        (changed(networks={"encoder": [{"layer": "x", "parameters": 1}] * 300}), "its networks are no lists"),
        (changed(parameters=-1), "its parameters are no number"),
        (changed(prior="swiss_roll", layers=[{"type": "sigmoid"}]), r"gives the shape \[2\]"),
    ],
)
def test_a_manifest_that_no_page_could_show_is_refused(archive, store, change, match):
    refused(vouched(members(archive), change), store, match)


@pytest.mark.parametrize(
    ("layers", "match"),
    [
        ([], r"gives the shape \[2\], and an image has \[1, 8, 8\]"),
        ([*LAYERS, {"type": "upsample", "scale": [4096, 4096]}], r"upsample, gives the shape"),
        ([*LAYERS, {"type": "upsample", "scale": [2, 2]}], r"gives the shape \[1, 16, 16\]"),
        ([{"type": "condition", "classes": 10}, *LAYERS], "a width of 2 meets 12"),
        ([*LAYERS, {"type": "condition", "classes": 10}], "condition, does not fit"),
        (
            [{"type": "repeat", "times": 4096}, {"type": "repeat", "times": 9}, *LAYERS],
            "repeat, does not fit",
        ),
        ([*LAYERS, {"type": "crop", "height": 9, "width": 1}], "crop, does not fit"),
        ([LAYERS[0] | {SURROGATE: 1}, *LAYERS[1:]], "it has the part"),
        ([LAYERS[0] | {"weight": "encoder.1.weight"}, *LAYERS[1:]], "which is none of its weights"),
        ([*LAYERS, {"type": "max_pool2d", "kernel": [1, 1], "stride": [0, 0]}], "max_pool2d, does not fit"),
    ],
)
def test_a_decoder_that_does_not_lead_from_a_code_to_an_image_is_refused(archive, store, layers, match):
    refused(vouched(members(archive), changed(layers=layers)), store, match)


def test_a_decoder_of_one_epoch_that_leads_to_no_image_is_refused(archive, store):
    for more in ([{"type": "upsample", "scale": [2, 2]}], [{"type": "crop", "height": 9, "width": 1}]):
        frames = replay.packed([frame(0), frame(1, layers=[*LAYERS, *more])])
        refused(vouched(members(archive) | {"rewind.safetensors": frames}), store, "of epoch 1, ")


def test_a_weight_that_is_called_as_what_travels_beside_it_is_refused(archive, store):
    weights = dict(finished().weights)
    weights["codes"] = weights.pop("decoder.0.bias")
    contents = members(archive) | {"weights.safetensors": safetensors.numpy.save(weights)}
    layers = [LAYERS[0] | {"bias": "codes"}, *LAYERS[1:]]
    refused(vouched(contents, changed(layers=layers)), store, "names 'codes', which is none of its weights")


def test_weights_that_are_no_numbers_are_refused(archive, store):
    weights = finished().weights | {"encoder.1.bias": np.full(8, np.nan, np.float32)}
    contents = members(archive) | {"weights.safetensors": safetensors.numpy.save(weights)}
    refused(vouched(contents), store, "the weights 'encoder.1.bias' are not all numbers")


@pytest.mark.parametrize("block", [7, 100])
def test_weights_are_read_to_the_last_whatever_the_piece(archive, run, store, monkeypatch, block):
    monkeypatch.setattr(archive_validation, "BLOCK", block)
    name = max(run.weights, key=lambda name: run.weights[name].size)
    assert run.weights[name].size % block
    archive_validation.check(run)
    wrong = run.weights[name].copy()
    wrong.flat[-1] = np.nan
    weights = safetensors.numpy.save(dict(run.weights) | {name: wrong})
    contents = members(archive) | {"weights.safetensors": weights}
    refused(vouched(contents), store, f"the weights '{name}' are not all numbers")


@pytest.mark.parametrize("count", [1, 600, 100_000])
def test_as_many_codes_as_the_data_set_has_test_images_are_taken_and_no_other_number(archive, store, count):
    codes = {"codes": np.zeros((count, 2), np.float32), "labels": np.zeros(count, np.uint8)}
    codes["errors"] = np.zeros(count, np.float16)
    contents = members(archive) | {"codes.safetensors": safetensors.numpy.save(codes)}
    del contents["rewind.safetensors"]
    refused(vouched(contents), store, r"\[599, 2\] is expected|and 281,320 are the most")


def records(count: int, **changes) -> bytes:
    record = {"number": 1, "stage": "training", "seconds": 0.1, "train": {"kl": 1.0}, "test": {"kl": 1.0}}
    found = [record | {"number": number + 1} for number in range(count)]
    found[-1] = found[-1] | changes
    return json.dumps(found, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    ("epochs", "content", "match"),
    [
        (1, b"[]", "its history has 0 epochs, and its config 1"),
        (3, records(2), "its history has 2 epochs, and its config 3"),
        (1, records(2), "its history has 2 epochs, and its config 1"),
        (1, records(1, test={"mse": 1.0}), "the loss terms of epoch 1 are not those of its stage"),
        (1, records(1, test={}, train={}), "its history is no list of epochs"),
        (3, records(3, train={"a": 1.0}, test={"a": 1.0}), "the loss terms of epoch 3"),
        (90, b"[" + b"[]," * 50_000 + b"[]]", "its history is no list of epochs"),
        (1, records(1, test={"a" * 99: 1.0}, train={"a" * 99: 1.0}), "its history is no list of epochs"),
        (1, records(1, **{"train": (t := {f"t{n}": 1 for n in range(17)}), "test": t}), "no list of epochs"),
    ],
)
def test_a_history_is_one_record_an_epoch_with_the_same_terms(archive, store, epochs, content, match):
    contents = members(archive) | {"history.json": content}
    del contents["rewind.safetensors"]
    refused(configured(contents, epochs=epochs), store, match)


def test_a_history_that_goes_back_to_a_stage_or_has_too_many_is_refused(archive, store):
    def staged(names):
        history = json.loads(records(len(names)))
        return json.dumps([one | {"stage": name} for one, name in zip(history, names, strict=True)]).encode()

    for names, match in (
        (["a", "b", "a"], "goes back to the stage 'a'"),
        ([*map(str, range(99))], "99 stages"),
    ):
        contents = members(archive) | {"history.json": staged(names)}
        del contents["rewind.safetensors"]
        refused(configured(contents, epochs=len(names)), store, match)


def peak(archive: bytes, store: RunStore, match: str) -> int:
    """Bytes that refusing an archive took at most."""
    tracemalloc.start()
    try:
        refused(archive, store, match)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_json_in_a_rewind_that_would_grow_is_refused_before_it_is_read(archive, store):
    deep = np.frombuffer(b'{"format":1,"layers":[' + b"[]," * 300_000 + b"[]]}", np.uint8)
    packed = zipped(members(archive) | {"rewind.safetensors": saved(about=deep)}, zipfile.ZIP_DEFLATED)
    bad = vouched(members(packed))
    assert peak(bad, store, "describes itself without an end") < 2**24


def test_a_list_of_a_million_tensors_is_refused_before_it_is_read(archive, store):
    header = b"{" + b",".join(
        b'"%d":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}' % number for number in range(60_000)
    )
    content = struct.pack("<Q", len(header) + 1) + header + b"}"
    for name in ("rewind.safetensors",):
        bad = vouched(members(archive) | {name: content})
        assert peak(bad, store, "lists far too many tensors") < 2**24


@pytest.mark.parametrize("name", ["weights.safetensors", "codes.safetensors", "rewind.safetensors"])
def test_a_member_that_is_packed_a_hundredfold_is_refused(archive, store, name):
    bad = zipped(members(archive) | {name: bytes(8 * 2**20)}, zipfile.ZIP_DEFLATED)
    assert peak(bad, store, "times as many") < 2**21


def test_weights_of_a_wide_network_that_are_mostly_zero_are_refused_before_they_are_unpacked(archive, store):
    sparse = np.zeros(2**21, np.float32)
    sparse[::40] = np.random.default_rng(0).normal(size=len(sparse[::40]))
    bad = zipped(members(archive) | {"weights.safetensors": sparse.tobytes()}, zipfile.ZIP_DEFLATED)
    assert peak(bad, store, "more than 4 times as many") < 2**21


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"options": {"hidden": [9]}}, "its weights do not fit its config"),
        ({"options": {"hidden": [8192] * 60}}, "its weights do not fit its config"),
        ({"options": {"hidden": [0]}}, "its config fits no image"),
        ({"options": {"surprise": 1}}, "its config fits no image of its size .There is no option of vae"),
        ({"variant": "conv", "options": {"channels": [1] * 60}}, "its config fits no image of its size"),
        ({"variant": "semi_supervised_aae", "options": {"hidden": [8]}}, "its weights do not fit"),
    ],
)
def test_a_run_that_is_not_what_its_config_makes_is_refused(archive, store, settings, match):
    bad = configured(members(archive), **settings)
    with pytest.raises(BadArchive, match=match):
        archives.import_file(bad, store, runs.check_model)
    assert store.listing().runs == []


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (changed(prior=None), "its prior"),
        (changed(layers=[*LAYERS[:-1], {"type": "tanh"}]), "the layers of its decoder"),
    ],
)
def test_a_manifest_that_says_what_its_config_does_not_is_refused(archive, store, change, what):
    bad = vouched(members(archive), change)
    with pytest.raises(BadArchive, match=f"{what} are not those that its config makes"):
        archives.import_file(bad, store, runs.check_model)


def test_every_kind_of_run_passes_every_check(finished_store, store):
    for run in finished_store.listing().runs:
        archives.import_file(archives.export(run), store, runs.check_model)
    assert len(store.listing().runs) > 10


def test_every_shipped_run_is_what_its_config_makes():
    for run in RunStore(ROOT / "pretrained").listing().runs:
        archive_validation.check(run)
        runs.check_model(run)


def test_a_sentence_names_neither_a_folder_nor_advises_to_delete_it(archive, store):
    contents = members(archive) | {"weights.safetensors": b""}
    with pytest.raises(BadArchive) as caught:
        archives.import_file(vouched(contents), store)
    assert "Delete" not in str(caught.value)
    assert "partial" not in str(caught.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=150)
@given(data=st.data())
def test_whatever_stands_in_a_manifest_it_is_refused_with_a_sentence_or_the_run_is_whole(
    tmp_path_factory, run, data
):
    contents = members(archives.export(run))
    manifest = json.loads(contents["manifest.json"])
    target, key = manifest, data.draw(st.sampled_from(sorted(manifest)))
    while isinstance(target[key], dict) and target[key] and data.draw(st.booleans()):
        target, key = target[key], data.draw(st.sampled_from(sorted(target[key])))
    target[key] = data.draw(json_values)
    contents["manifest.json"] = json.dumps(manifest).encode()
    store = RunStore(tmp_path_factory.mktemp("any"))
    try:
        read_all(archives.import_file(zipped(contents), store))
    except BadArchive:
        assert store.listing().runs == store.listing().damaged == []


def test_what_is_measured_again_takes_the_place_of_no_other_run(store, finished_store, monkeypatch):
    honest = archives.export(finished_store.open("digits-ae-z2"))
    contents = members(honest)
    weights = safetensors.numpy.load(contents["weights.safetensors"])
    weights["decoder.0.bias"] = weights["decoder.0.bias"] * 2
    contents["weights.safetensors"] = safetensors.numpy.save(weights)
    other, measure = vouched(contents), evaluation.evaluate
    stored = archives.import_file(honest, store)

    def measure_while_it_is_replaced(*about):
        found = measure(*about)
        store.delete(stored)
        assert archives.import_file(other, store).run_id == stored.run_id
        return found

    monkeypatch.setattr(evaluation, "evaluate", measure_while_it_is_replaced)
    with pytest.raises(RunChanged):
        runs.remeasure(runs.Run(stored))
    assert store.open(stored.run_id).manifest["files"] != stored.manifest["files"]
