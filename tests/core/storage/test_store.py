"""RunStore: what is written comes back, what is damaged is named, and nothing escapes the folder."""

import dataclasses
import datetime
import hashlib
import json
import os
import pickle
import shutil
import unicodedata
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st

from aecore import datasets
from aecore.errors import (
    BadValue,
    ReadOnly,
    RunChanged,
    RunDamaged,
    RunExists,
    RunIsShipped,
    RunTooNew,
    StoreNotWritable,
    UnknownName,
)
from aecore.storage import annotations, archive_validation, atomic, cache, trash
from aecore.storage import settings as store_settings
from aecore.storage import store as store_module
from aecore.storage.run import read_manifest
from aecore.storage.settings import user_root
from aecore.storage.store import Annotation, RunStore
from tests.conftest import ROOT
from tests.finished_runs import finished, read_all

FILES = ["weights.safetensors", "codes.safetensors", "history.json", "metrics.json", "manifest.json"]
ARRAYS, JSON = FILES[:2], FILES[2:4]
READERS = dict(zip(FILES, ["weights", "arrays", "history", "metrics", "manifest"], strict=True))


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "store")


@pytest.fixture
def written(store):
    """A run in the store, and beside it a second one that nothing happens to."""
    store.write(finished(seed=1))
    return store.write(finished())


def rewrite(path: Path, change) -> None:
    """Change a manifest by a function of its values."""
    manifest = json.loads((path / "manifest.json").read_text())
    change(manifest)
    (path / "manifest.json").write_text(json.dumps(manifest))


# Where it lies


@pytest.mark.parametrize("variable", ["AECORE_RUNS", "AECORE_DATA"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [("~/kept", "home/kept"), ("kept", "kept"), (" kept ", "kept"), ("", None), ("  ", None)],
)
def test_a_folder_of_the_environment_is_absolute_and_a_tilde_is_home(
    tmp_path, monkeypatch, variable, text, expected
):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    monkeypatch.setenv(variable, text)
    monkeypatch.chdir(tmp_path)
    found = user_root() if variable == "AECORE_RUNS" else datasets.data_root()
    assert found.is_absolute()
    if expected is None:
        assert "aecore" in found.parts
    else:
        assert found == tmp_path / expected


# There and back


def test_metrics_are_written_in_one_order_whatever_order_they_were_measured_in(tmp_path):
    run = finished()
    turned = dataclasses.replace(run, metrics=dict(reversed(run.metrics.items())))
    assert len(run.metrics) > 1
    one, other = (RunStore(tmp_path / name).write(each) for name, each in (("a", run), ("b", turned)))
    assert one.content("metrics.json") == other.content("metrics.json")


@pytest.mark.parametrize(("reader", "field"), [("weights", "weights"), ("arrays", "codes")])
def test_arrays_come_back_to_the_bit(store, written, reader, field):
    found, expected = getattr(written, reader), getattr(finished(), field)
    assert set(found) == set(expected)
    for name, array in expected.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_an_array_that_is_not_contiguous_comes_back_all_the_same(store):
    turned = np.arange(6, dtype=np.float32).reshape(2, 3).T
    run = store.write(dataclasses.replace(finished(), codes={"codes": turned}))
    np.testing.assert_array_equal(run.arrays["codes"], turned)


def test_the_config_comes_back_equal(written):
    assert written.config == finished().config


def test_history_and_metrics_come_back_to_the_last_digit(written):
    assert written.history == finished().history
    assert written.metrics == finished().metrics


def test_the_manifest_says_what_was_told_about_the_run(written):
    assert {name: written.manifest[name] for name in finished().about} == finished().about


def test_a_stored_run_names_itself(written):
    config = finished().config
    assert (written.run_id, written.name) == (config.run_id, "digits-vae-z2")
    assert (written.classes[1], written.image_shape) == ("1", (8, 8, 1))


def test_a_run_is_found_by_its_config_in_another_process_too(store, written):
    assert RunStore(store.root).find(finished().config).path == written.path


def test_a_config_that_was_never_trained_is_not_found(store, written):
    assert store.find(finished(seed=9).config) is None


def test_a_folder_holds_the_files_of_the_format_and_no_others(written):
    assert sorted(path.name for path in written.path.iterdir()) == sorted(FILES)


def test_the_manifest_states_size_and_sha256_of_every_other_file(written):
    contents = {name: (written.path / name).read_bytes() for name in FILES[:4]}
    assert written.manifest["files"] == {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in contents.items()
    }


def test_the_manifest_states_format_and_id(written):
    assert (written.manifest["format"], written.manifest["run_id"]) == (2, written.path.name)


def test_every_file_is_json_or_safetensors_and_none_is_pickle(written):
    for path in written.path.iterdir():
        content = path.read_bytes()
        start = 8 if path.suffix == ".safetensors" else 0
        assert content[start : start + 1] in (b"{", b"[")


def test_a_number_that_json_cannot_hold_is_refused_before_anything_is_kept(store):
    with pytest.raises(ValueError, match="JSON"):
        store.write(dataclasses.replace(finished(), metrics={"mse": float("nan")}))
    assert store.listing().runs == []


# Written whole or not at all


def files_as_written(monkeypatch, store) -> list[str]:
    names, own = [], store_module.write_through
    monkeypatch.setattr(
        store_module, "write_through", lambda path, content: (names.append(path.name), own(path, content))
    )
    store.write(finished())
    return names


def test_the_manifest_is_written_last(monkeypatch, store):
    assert files_as_written(monkeypatch, store) == FILES


@pytest.fixture(params=range(len(FILES)), ids=FILES)
def crash(request, monkeypatch):
    """Make the write of one file fail half-way, with an error of one's choice."""
    own, calls = store_module.write_through, []

    def with_error(error: BaseException) -> None:
        def write(path, content):
            calls.append(path)
            if len(calls) - 1 == request.param:
                path.write_bytes(content[: len(content) // 2])
                raise error
            own(path, content)

        monkeypatch.setattr(store_module, "write_through", write)

    return with_error


def test_a_full_disk_leaves_nothing_and_says_so(store, crash):
    crash(OSError(28, "No space left on device"))
    with pytest.raises(StoreNotWritable, match="No space left on device"):
        store.write(finished())
    assert [path.name for path in store.root.iterdir()] == [".locks"]


def test_a_killed_write_is_no_run_and_the_rest_still_opens(store, crash, monkeypatch):
    store.write(finished(seed=1))
    monkeypatch.setattr(shutil, "rmtree", lambda *arguments, **named: None)  # nobody tidies up
    crash(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        store.write(finished())
    listing = store.listing()
    assert [run.config.seed for run in listing.runs] == [1]
    assert listing.damaged == []


def test_after_a_killed_write_the_next_one_succeeds(store, crash):
    crash(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        store.write(finished())
    read_all(store.write(finished()))


def test_what_a_killed_write_left_does_not_get_into_the_next(store):
    left = store.root / f".{finished().config.run_id}.partial"
    left.mkdir(parents=True)
    (left / "manifest.json").write_text("{")
    read_all(store.write(finished()))
    assert not left.exists()


def test_a_crash_between_writing_and_renaming_is_no_run(store, monkeypatch):
    def killed(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", killed)
    with pytest.raises(KeyboardInterrupt):
        store.write(finished())
    assert store.listing() == store_module.Listing([], [])


def test_bytes_reach_the_disk_before_the_rename(store, monkeypatch):
    events = []
    own_sync, own_replace = store_module.os.fsync, store_module.os.replace
    monkeypatch.setattr("os.fsync", lambda fd: (events.append("sync"), own_sync(fd)))
    monkeypatch.setattr("os.replace", lambda a, b: (events.append("rename"), own_replace(a, b)))
    store.write(finished())
    assert events == ["sync"] * 6 + ["rename", "sync"]  # five files and their folder; then the new name


def test_a_file_is_whole_when_it_is_told_to_reach_the_disk(store, monkeypatch):
    sizes, own = [], os.fsync
    monkeypatch.setattr("os.fsync", lambda number: (sizes.append(os.fstat(number).st_size), own(number)))
    run = store.write(finished())
    written = [(run.path / name).stat().st_size for name in FILES]
    assert sizes[: len(FILES)] == written


def test_a_damaged_run_gives_way_to_a_new_one_of_its_name(store, written):
    (written.path / "manifest.json").write_text("garbage")
    read_all(store.write(finished()))


def test_an_unwritable_root_is_reported_with_the_setting_that_moves_it(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreNotWritable) as caught:
        RunStore(tmp_path / "file" / "runs").write(finished())
    assert str(caught.value) == (
        f"Runs cannot be stored in {tmp_path / 'file' / 'runs'}: Not a directory. "
        "Set AECORE_RUNS to a folder that can be written."
    )


def test_an_unwritable_root_is_noticed_before_training_at_the_lock(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreNotWritable), RunStore(tmp_path / "file" / "runs").lock(finished().config):
        pass


def test_a_lock_that_cannot_be_taken_is_reported_like_any_other_unwritable_place(store):
    (store.root / ".locks" / f"{finished().config.run_id}.lock").mkdir(parents=True)
    with pytest.raises(StoreNotWritable), store.lock(finished().config):
        pass


def test_an_unwritable_root_can_still_be_listed(tmp_path):
    (tmp_path / "file").write_text("")
    assert RunStore(tmp_path / "file" / "runs").listing().runs == []


def test_naming_a_store_makes_no_folder(tmp_path):
    RunStore(tmp_path / "nowhere").listing()
    assert not (tmp_path / "nowhere").exists()


# Damage


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def delete(path: Path) -> None:
    path.unlink()


def replace_by_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def replace_by_pickle(path: Path) -> None:
    path.write_bytes(pickle.dumps({"codes": [1, 2, 3]}))


damages = pytest.mark.parametrize(
    "damage",
    [truncate, empty, flip, delete, replace_by_a_folder, replace_by_pickle],
    ids=lambda damage: damage.__name__,
)
every_file = pytest.mark.parametrize("name", FILES)


def open_and_read(store: RunStore, run_id: str) -> None:
    read_all(store.open(run_id))


@damages
@pytest.mark.parametrize("name", FILES[:4])
def test_damage_is_reported_with_the_run_the_file_and_what_to_do(store, written, name, damage):
    damage(written.path / name)
    with pytest.raises(RunDamaged) as caught:
        open_and_read(store, written.run_id)
    start = f"The run {written.run_id} in {store.root} is damaged: {name} "
    assert str(caught.value).startswith(start)
    assert str(caught.value).endswith("Delete its folder and train it again; every other run still opens.")


@damages
@every_file
def test_damage_never_keeps_another_run_from_opening(store, written, name, damage):
    damage(written.path / name)
    other = finished(seed=1).config.run_id
    assert other in [run.run_id for run in store.listing().runs]
    open_and_read(store, other)


@pytest.mark.parametrize("damage", [truncate, empty, delete, replace_by_a_folder, replace_by_pickle])
@every_file
def test_damage_that_shows_in_a_files_size_is_listed(store, written, name, damage):
    damage(written.path / name)
    listing = store.listing()
    assert [run.config.seed for run in listing.runs] == [1]
    assert [written.run_id in str(error) for error in listing.damaged] == [True]


@pytest.mark.parametrize("name", FILES[:4])
def test_a_file_is_checked_when_it_is_read_not_before(store, written, name):
    flip(written.path / name)
    run = store.open(written.run_id)
    for other in FILES[:4]:
        if other != name:
            assert getattr(run, READERS[other])


@pytest.mark.parametrize("name", ARRAYS)
def test_a_pickle_in_the_place_of_arrays_is_refused_even_where_the_manifest_vouches_for_it(written, name):
    content = pickle.dumps({"codes": [1, 2, 3]})
    (written.path / name).write_bytes(content)
    entry = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    rewrite(written.path, lambda manifest: manifest["files"].update({name: entry}))
    with pytest.raises(RunDamaged, match=f"{name} cannot be read"):
        getattr(read_manifest(written.path), READERS[name])


@pytest.mark.parametrize("name", JSON)
def test_json_that_is_none_is_refused_even_where_the_manifest_vouches_for_it(written, name):
    (written.path / name).write_bytes(b"{")
    entry = {"bytes": 1, "sha256": hashlib.sha256(b"{").hexdigest()}
    rewrite(written.path, lambda manifest: manifest["files"].update({name: entry}))
    with pytest.raises(RunDamaged, match=f"{name} is not JSON"):
        getattr(read_manifest(written.path), READERS[name])


@pytest.mark.parametrize(
    "garbage", [b"", b"{", b"[]", b"null", b"3", b'"x"', b"{}", b"\xff\xfe", b'{"format": 1}']
)
def test_a_garbage_manifest_is_a_damaged_run(store, written, garbage):
    (written.path / "manifest.json").write_bytes(garbage)
    with pytest.raises(RunDamaged, match=r"manifest\.json"):
        store.open(written.run_id)


@pytest.mark.parametrize("key", sorted(["format", "run_id", "config", "files", *finished().about]))
def test_a_manifest_that_lacks_any_of_its_entries_is_a_damaged_run(store, written, key):
    rewrite(written.path, lambda manifest: manifest.pop(key))
    with pytest.raises(RunDamaged, match=key):
        store.open(written.run_id)


@pytest.mark.parametrize("name", FILES[:4])
def test_a_manifest_that_does_not_know_one_of_the_files_is_a_damaged_run(store, written, name):
    rewrite(written.path, lambda manifest: manifest["files"].pop(name))
    with pytest.raises(RunDamaged, match=name):
        open_and_read(store, written.run_id)


@pytest.mark.parametrize("key", ["bytes", "sha256"])
def test_a_manifest_without_size_or_hash_of_a_file_is_a_damaged_run(store, written, key):
    rewrite(written.path, lambda manifest: manifest["files"]["metrics.json"].pop(key))
    with pytest.raises(RunDamaged):
        open_and_read(store, written.run_id)


@pytest.mark.parametrize(
    "change",
    [
        {"latent_dim": 0},
        {"latent_dim": "2"},
        {"epochs": 10**400},
        {"colour": 1},
        {"options": None},
        {"variant": "../vae"},
    ],
    ids=lambda change: f"{next(iter(change))} of a wrong value",
)
def test_a_config_that_is_none_is_a_damaged_run(store, written, change):
    rewrite(written.path, lambda manifest: manifest["config"].update(change))
    with pytest.raises(RunDamaged, match=r"manifest\.json does not make sense"):
        store.open(written.run_id)


def test_a_folder_under_another_runs_name_is_a_damaged_run(store, written):
    stranger = written.path.with_name("digits-vae-z2-0000000000")
    shutil.copytree(written.path, stranger)
    with pytest.raises(RunDamaged, match=f"its manifest is that of {written.run_id}"):
        store.open(stranger.name)


def test_a_run_of_a_later_format_asks_for_an_update(store, written):
    rewrite(written.path, lambda manifest: manifest.update(format=3))
    with pytest.raises(RunTooNew) as caught:
        store.open(written.run_id)
    assert str(caught.value) == (
        f"The run {written.run_id} is stored in format 3, and this version reads up to 2. "
        "Update aecore to open it."
    )


def test_a_run_of_the_first_format_opens_without_what_it_did_not_know(store, written):
    def age(manifest):
        manifest["format"] = 1
        del manifest["labels"], manifest["networks"]

    rewrite(written.path, age)
    old = store.open(written.run_id)
    assert (old.manifest["labels"], old.manifest["networks"]) == ("", {})
    read_all(old)


@pytest.mark.parametrize("key", ["title", "prior", "layers"])
def test_a_run_of_the_first_format_must_have_what_that_format_knew(store, written, key):
    rewrite(written.path, lambda manifest: (manifest.update(format=1), manifest.pop(key)))
    with pytest.raises(RunDamaged, match=key):
        store.open(written.run_id)


def test_a_run_of_a_later_format_may_lack_what_this_one_asks_for(store, written):
    (written.path / "manifest.json").write_text('{"format": 3}')
    with pytest.raises(RunTooNew):
        store.open(written.run_id)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@pytest.fixture(scope="module")
def worn(tmp_path_factory):
    """A store whose second manifest is overwritten again and again."""
    store = RunStore(tmp_path_factory.mktemp("worn"))
    store.write(finished(seed=1))
    path = store.write(finished()).path
    return store, path, (path / "manifest.json").read_text()


@settings(max_examples=200)
@given(data=st.data())
def test_whatever_stands_in_a_manifest_listing_gives_the_other_runs(worn, data):
    store, path, text = worn
    manifest = json.loads(text)
    target = manifest
    key = data.draw(st.sampled_from(sorted(manifest)))
    if isinstance(manifest[key], dict) and data.draw(st.booleans()):
        target = manifest[key]
        key = data.draw(st.sampled_from(sorted(target)))
    target[key] = data.draw(json_values)
    (path / "manifest.json").write_text(json.dumps(manifest))
    assert finished(seed=1).config.run_id in [run.run_id for run in store.listing().runs]


@settings(max_examples=200)
@given(key=st.sampled_from(["classes", "image_shape", "created", "seconds", "layers"]), value=json_values)
def test_whatever_stands_in_a_manifest_a_run_that_opens_can_say_what_it_is(worn, key, value):
    store, path, text = worn
    (path / "manifest.json").write_text(json.dumps(json.loads(text) | {key: value}))
    try:
        run = store.open(path.name)
    except RunDamaged:
        return
    assert len(run.image_shape) == 3
    assert all(isinstance(name, str) for name in run.classes)


# Names


def test_a_run_opens_by_its_id(store, written):
    assert store.open(written.run_id).path == written.path


def test_a_name_means_the_newest_run_of_that_name(store):
    for day, seed in (("02", 1), ("03", 2), ("01", 3)):
        store.write(finished(f"2026-01-{day}T00:00:00+00:00", seed=seed))
    assert store.open("digits-vae-z2").config.seed == 2


def test_an_unknown_name_is_refused_with_the_known_ones(store, written):
    store.write(finished(latent_dim=5))
    with pytest.raises(UnknownName) as caught:
        store.open("mnist-vae-z2")
    assert str(caught.value) == (
        "There is no run called 'mnist-vae-z2'. Known: digits-vae-z2, digits-vae-z5."
    )


def test_in_an_empty_store_no_name_is_known(store):
    with pytest.raises(UnknownName, match="Known: none yet"):
        store.open("digits-vae-z2")


@pytest.mark.parametrize(
    "form", ["../outside/{}", "{}/", "./{}", "/{}", "{}\0", "", ".", "..", ".locks", None]
)
def test_a_name_is_never_followed_as_a_path(store, written, form):
    with pytest.raises(UnknownName):
        store.open(form and form.format(written.run_id))


def test_a_whole_run_outside_the_folder_is_out_of_reach(store, written, tmp_path):
    outside = tmp_path / "outside" / written.run_id
    shutil.move(written.path, outside)
    for name in (f"../outside/{written.run_id}", str(outside), written.run_id):
        with pytest.raises(UnknownName):
            store.open(name)


def test_hidden_folders_and_files_are_not_taken_for_runs(store, written):
    (store.root / ".hidden").mkdir()
    (store.root / "recipes.json").write_text("[]")
    assert store.listing().damaged == []


# Names and notes


def test_a_run_is_called_nothing_until_somebody_names_it(written):
    assert written.annotation == Annotation("", "")
    assert not written.annotation


def test_a_name_and_a_note_are_kept_and_seen_by_a_run_that_is_open(store, written):
    store.annotate(written, "my first", "two\nlines")
    assert written.annotation == store.open(written.run_id).annotation == Annotation("my first", "two\nlines")


def test_a_name_changes_nothing_that_the_manifest_vouches_for(store, written):
    before = written.manifest
    store.annotate(written, "my first", "")
    assert read_manifest(written.path).manifest == before
    assert sorted(path.name for path in written.path.iterdir()) == sorted([*FILES, "label.json"])


def test_a_name_makes_the_folder_of_runs_look_changed(store, written):
    before = store.root.stat().st_mtime_ns
    store.annotate(written, "my first", "")
    assert store.root.stat().st_mtime_ns > before


def test_two_empty_texts_take_a_label_away(store, written):
    store.annotate(written, "my first", "a note")
    store.annotate(written, " ", "\n")
    assert not written.annotation
    assert sorted(path.name for path in written.path.iterdir()) == sorted(FILES)


def test_spaces_at_ends_and_in_rows_are_no_part_of_a_label(store, written):
    label = store.annotate(written, "  my \u00a0 first ", " one \n\n  two  words \n")
    assert label == written.annotation == Annotation("my first", "one\n\ntwo words")


def test_any_script_and_pictures_can_be_in_a_label(store, written):
    label = store.annotate(written, "Größe 模型 مرحبا 👩\u200d🔬", "é = e\u0301")
    assert written.annotation == label == Annotation("Größe 模型 مرحبا 👩\u200d🔬", "é = é")


@pytest.mark.parametrize("text", ["a\0b", "\x1b[31m", "\ud800", "\u202eevil", 3, None, b"bytes"])
def test_what_is_no_plain_text_is_no_label(store, written, text):
    for name, note in ((text, ""), ("", text)):
        with pytest.raises(BadValue, match="must be plain text of at most"):
            store.annotate(written, name, note)
    assert not written.annotation


EMPTY = ["ㅤ", "ᅟ", "ﾠ", "⠀", "͏", "️", "឴", "᠋", "󠄀", "\u200d", "́"]


@pytest.mark.parametrize("text", [*EMPTY, "\u2800 \u3164", "\u200d\ufe0f"])
def test_a_label_that_shows_nothing_is_none(text):
    for name, note in ((text, ""), ("", text)):
        with pytest.raises(BadValue, match="without marks that print nothing"):
            Annotation(name, note)
    assert not annotations.fitted(text, text)


def test_a_text_without_an_end_that_was_handed_in_is_cut_before_any_work_on_it(monkeypatch):
    seen, normal = [], annotations._normal

    def watched(text):
        seen.append(len(text))
        return normal(text)

    monkeypatch.setattr(annotations, "_normal", watched)
    assert annotations.fitted("x" * 10**6, "y" * 10**6) == Annotation("x" * 60, "y" * 1000)
    assert max(seen) <= 4 * annotations.LONGEST_NOTE


@pytest.mark.parametrize("empty", [one for one in EMPTY if one not in "\u2800\u0301"])
def test_what_shows_nothing_is_taken_out_of_a_name(empty):
    assert Annotation(f"a{empty}b").name == annotations.fitted(f"a{empty}b", "").name == "ab"


@pytest.mark.parametrize(
    "text", ["❤\ufe0f", "👩🏽\u200d🔬", "🏳\ufe0f\u200d🌈", "1\ufe0f\u20e3", "ශ\u0dca\u200dර", "🇩🇪", "אְָּ֑"]
)
def test_signs_that_change_how_their_neighbours_look_stay(text):
    name = Annotation(text).name
    assert name == unicodedata.normalize("NFC", text) == Annotation(name).name


def test_a_letter_bears_a_few_accents_and_no_more():
    name = Annotation("Z" + "\u0301" * 40 + " b").name
    assert name == "\u0179" + "\u0301" * 4 + " b" == Annotation(name).name


def test_a_label_has_an_end(store, written):
    store.annotate(written, "x" * 60, "y" * 1000)
    for name, note in (("x" * 61, ""), ("", "y" * 1001), ("x" * 10**6, "")):
        with pytest.raises(BadValue, match="at most"):
            store.annotate(written, name, note)
    assert written.annotation == Annotation("x" * 60, "y" * 1000)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"3", b'{"name": 3, "note": ""}', b'{"name": "a"}', b"[" * 9999, b"x" * 99999],
)
def test_a_label_that_cannot_be_read_is_none_and_the_run_opens(store, written, content):
    (written.path / "label.json").write_bytes(content)
    read_all(store.open(written.run_id))
    assert store.open(written.run_id).annotation == Annotation("", "")


def test_a_run_that_is_stored_again_keeps_its_label(store, written):
    store.annotate(written, "my first", "a note")
    again = store.write(dataclasses.replace(finished(), metrics={"mse": 3.0}))
    assert (again.annotation, again.metrics) == (Annotation("my first", "a note"), {"mse": 3.0})


def test_a_run_can_come_with_its_label(store):
    run = store.write(dataclasses.replace(finished(), annotation=Annotation("my first")))
    assert run.annotation == Annotation("my first")


def test_a_shipped_run_is_neither_named_nor_deleted(two):
    own, shipped = two
    run = shipped.write(finished())
    for store in two:
        with pytest.raises(RunIsShipped, match="cannot be named"):
            store.annotate(run, "mine")
        with pytest.raises(RunIsShipped, match="cannot be deleted"):
            store.delete(run)
    read_all(own.open(run.run_id))


def test_a_run_of_another_folder_is_neither_named_nor_deleted(store, written, tmp_path):
    other = RunStore(tmp_path / "other")
    with pytest.raises(RunIsShipped):
        other.delete(written)
    with pytest.raises(RunIsShipped):
        other.annotate(written, "mine")
    read_all(store.open(written.run_id))


# Epochs


EPOCHS = safetensors.numpy.save({"000000/codes": np.zeros((5, 2), np.float32)})


@pytest.fixture
def with_epochs(store):
    return store.write(dataclasses.replace(finished(), rewind=EPOCHS))


def test_a_run_without_epochs_says_so(written):
    assert (written.has_rewind, written.rewind_path) == (False, None)


def test_epochs_come_back_as_they_were_and_are_vouched_for(with_epochs):
    assert with_epochs.has_rewind
    assert with_epochs.rewind_path.read_bytes() == EPOCHS
    digest = hashlib.sha256(EPOCHS).hexdigest()
    assert with_epochs.manifest["files"]["rewind.safetensors"] == {"bytes": len(EPOCHS), "sha256": digest}


def test_epochs_are_not_read_before_they_are_asked_for(store, with_epochs):
    flip(with_epochs.path / "rewind.safetensors")
    (run,) = store.listing().runs
    read_all(run)
    with pytest.raises(RunDamaged, match=r"rewind\.safetensors is not what was written"):
        run.rewind_path  # noqa: B018


@pytest.mark.parametrize("damage", ["truncate", "delete", "empty"])
def test_epochs_that_are_cut_or_gone_are_damage(store, with_epochs, damage):
    {"truncate": truncate, "delete": delete, "empty": empty}[damage](with_epochs.path / "rewind.safetensors")
    assert store.listing().runs == []
    with pytest.raises(RunDamaged, match=r"rewind\.safetensors"):
        store.open(with_epochs.run_id)


def test_what_knows_no_epochs_opens_a_run_that_has_them(with_epochs):
    assert with_epochs.manifest["format"] == 2


# Deleted, and brought back


def test_a_deleted_run_is_gone_and_the_rest_stays(store, written):
    store.delete(written)
    assert [run.config.seed for run in store.listing().runs] == [1]
    assert store.listing().damaged == []
    assert store.find(written.config) is None
    with pytest.raises(UnknownName):
        store.open(written.run_id)


def test_a_deleted_run_comes_back_as_it_was(store, written):
    store.annotate(written, "my first", "a note")
    before = {path.name: path.read_bytes() for path in written.path.iterdir()}
    back = store.undelete(store.delete(written))
    assert {path.name: path.read_bytes() for path in back.path.iterdir()} == before
    read_all(back)


def test_what_was_deleted_is_listed_the_newest_first(store, written):
    other = store.open(finished(seed=1).config.run_id)
    store.annotate(written, "my first")
    tokens = [store.delete(other), store.delete(written)]
    found = store.deleted()
    assert [one.token for one in found] == tokens[::-1]
    assert [one.title for one in found] == ["my first", "digits-vae-z2"]
    assert [one.run_id for one in found] == [written.run_id, other.run_id]
    ages = [datetime.datetime.now(datetime.UTC) - one.when for one in found]
    assert all(datetime.timedelta(0) <= age < datetime.timedelta(minutes=5) for age in ages)


def test_of_two_deletions_of_one_run_each_comes_back_by_its_token_and_the_last_by_its_id(store, written):
    first = store.delete(written)
    second = store.delete(store.write(dataclasses.replace(finished(), metrics={"mse": 2.0})))
    assert store.undelete(written.run_id).metrics == {"mse": 2.0}
    assert [one.token for one in store.deleted()] == [first]
    store.delete(store.open(written.run_id))
    assert store.undelete(first).metrics == finished().metrics
    assert second != first


def test_a_deleted_run_does_not_take_the_place_of_a_new_one(store, written):
    token = store.delete(written)
    store.write(dataclasses.replace(finished(), metrics={"mse": 2.0}))
    with pytest.raises(RunExists, match="Delete the one that is there first"):
        store.undelete(token)
    assert store.open(written.run_id).metrics == {"mse": 2.0}
    assert [one.token for one in store.deleted()] == [token]


def test_a_run_is_deleted_once(store, written):
    store.delete(written)
    with pytest.raises(RunChanged):
        store.delete(written)


@pytest.mark.parametrize("form", ["../{}", "/{}", "", ".", "..", "{}\0", ".trash/{}"])
def test_a_token_is_never_followed_as_a_path(store, written, form):
    token = store.delete(written)
    with pytest.raises(UnknownName, match="There is no deleted run called"):
        store.undelete(form.format(token))


def aged(store: RunStore, token: str, days: float) -> str:
    """Make a deletion look so many days old."""
    folder = store.root / ".trash" / token
    when = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=days)
    return folder.rename(folder.with_name(f"{token.partition('~')[0]}~{when:%Y%m%dT%H%M%S%f}Z")).name


def test_what_was_deleted_a_month_ago_goes_at_the_next_deletion(store, written):
    old, young = (aged(store, store.delete(store.write(finished(seed=2 + d))), d) for d in (31, 29))
    now = store.delete(written)
    assert [one.token for one in store.deleted()] == [now, young]
    with pytest.raises(UnknownName):
        store.undelete(old)


def test_however_many_are_deleted_all_can_be_had_back_while_there_is_room(store, monkeypatch):
    """Twenty was the most; twenty further deletions made a classmate's run unrecoverable."""
    tokens = [store.delete(store.write(finished(seed=seed))) for seed in range(23)]
    assert [one.token for one in store.deleted()] == tokens[::-1]
    each = atomic.size_of(store.root / ".trash" / tokens[0])
    monkeypatch.setattr(trash, "MOST_BYTES", 5.5 * each)
    store.purge()
    assert [one.token for one in store.deleted()] == tokens[:-6:-1]


def test_what_was_derived_from_a_run_stays_as_long_as_it_can_come_back(store, written):
    kept = cache.write(written, "holes", {}, {"map": np.zeros(3)}, store)
    other = cache.write("digits", "judge", {}, {"map": np.zeros(3)}, store)
    token = store.delete(written)
    store.undelete(token)
    assert cache.read(written, "holes", {}, store) is not None
    store.delete(store.open(written.run_id))
    assert store.purge() == []
    assert kept.exists()
    assert len(store.purge(everything=True)) == 1
    assert not kept.exists()
    assert other.exists()


def test_what_was_derived_from_a_run_that_was_made_again_outlives_the_deleted_one(store, written):
    store.delete(written)
    kept = cache.write(store.write(finished()), "holes", {}, {"map": np.zeros(3)}, store)
    store.purge(everything=True)
    assert kept.exists()


def test_deleting_leaves_no_lock_behind(store, written):
    store.delete(written)
    assert list((store.root / ".locks").iterdir()) == []


# Only shown


@pytest.mark.parametrize(("value", "is_set"), [("1", True), ("true", True), ("0", False), ("", False)])
def test_a_setting_makes_an_installation_read_only(monkeypatch, value, is_set):
    monkeypatch.setenv("AECORE_READ_ONLY", value)
    assert store_settings.is_read_only() == is_set


def test_where_what_is_stored_is_only_shown_everything_else_is_switched_off(store, written, monkeypatch):
    token = store.delete(store.open(finished(seed=1).config.run_id))
    before = sorted(path for path in store.root.rglob("*"))
    monkeypatch.setenv("AECORE_READ_ONLY", "1")
    for refused in (
        lambda: store.write(finished(seed=2)),
        lambda: store.lock(finished(seed=2).config).__enter__(),
        lambda: store.annotate(written, "mine"),
        lambda: store.delete(written),
        lambda: store.undelete(token),
        lambda: store.purge(everything=True),
        lambda: cache.write("digits", "holes", {}, {"map": np.zeros(3)}, store),
    ):
        with pytest.raises(ReadOnly, match=r"AECORE_READ_ONLY=1.*is switched off"):
            refused()
    assert sorted(path for path in store.root.rglob("*")) == before
    read_all(store.open(written.run_id))
    assert [one.token for one in store.deleted()] == [token]


# Several folders


@pytest.fixture
def two():
    """A user's store and the shipped one."""
    return RunStore(), RunStore(store_settings.SHIPPED)


def test_without_a_folder_the_store_is_the_users_own_and_the_shipped_one(two, own_runs):
    assert two[0].roots == (own_runs, store_settings.SHIPPED)


def test_a_store_with_a_folder_sees_nothing_else(two, tmp_path):
    two[1].write(finished())
    assert RunStore(tmp_path / "mine").listing().runs == []


def test_a_name_means_the_shipped_run_even_where_ones_own_is_newer(two):
    own, shipped = two
    shipped.write(finished("2026-01-01T00:00:00+00:00", seed=1))
    own.write(finished("2026-02-01T00:00:00+00:00", seed=2))
    opened = own.open("digits-vae-z2")
    assert (opened.config.seed, opened.is_shipped) == (1, True)


def test_of_several_shipped_runs_of_a_name_the_first_is_meant(two):
    own, shipped = two
    for day, seed in (("02", 1), ("01", 2), ("03", 3)):
        shipped.write(finished(f"2026-01-{day}T00:00:00+00:00", seed=seed))
    assert own.open("digits-vae-z2").config.seed == 2


def test_ones_own_run_opens_by_its_id_beside_a_shipped_one(two):
    own, shipped = two
    shipped.write(finished(seed=1))
    mine = own.write(finished(seed=2))
    assert own.open(mine.run_id).path == mine.path
    assert not own.open(mine.run_id).is_shipped


def test_a_shipped_run_is_found_by_its_config_and_so_never_trained_again(two):
    own, shipped = two
    shipped.write(finished())
    assert own.find(finished().config).is_shipped


def test_a_run_in_both_folders_is_listed_once(two):
    for store in two:
        store.write(finished())
    assert len(two[0].listing().runs) == 1


def test_listing_gives_shipped_runs_first_then_by_data_set_variant_latent_dimension_and_age(two):
    own, shipped = two
    own.write(finished("2026-01-01T00:00:00+00:00", latent_dim=10, seed=6))
    own.write(finished("2026-01-02T00:00:00+00:00", seed=1))
    own.write(finished("2026-01-01T00:00:00+00:00", seed=2))
    own.write(finished("2026-01-03T00:00:00+00:00", variant="ae", seed=3))
    own.write(finished("2026-01-04T00:00:00+00:00", dataset="apples", seed=4))
    shipped.write(finished("2026-01-05T00:00:00+00:00", dataset="zebras", seed=5))
    assert [run.config.seed for run in own.listing().runs] == [5, 4, 3, 2, 1, 6]


def test_new_runs_are_written_to_the_users_own_folder(two, own_runs):
    assert two[0].write(finished()).path.parent == own_runs


def test_the_users_own_folder_is_where_the_setting_says(own_runs):
    assert store_settings.user_root() == own_runs


def test_without_the_setting_runs_lie_in_this_users_data(monkeypatch, tmp_path):
    monkeypatch.delenv("AECORE_RUNS")
    monkeypatch.setattr("platformdirs.user_data_dir", lambda name: str(tmp_path / name))
    assert store_settings.user_root() == tmp_path / "aecore" / "runs"


# What is shipped


def test_every_shipped_run_opens_and_is_whole():
    listing = RunStore(ROOT / "pretrained").listing()
    assert listing.damaged == []
    for run in listing.runs:
        read_all(run)


def test_a_damaged_run_asked_for_by_its_name_says_what_is_wrong(finished_store, tmp_path):
    store = RunStore(tmp_path / "runs")
    run = finished_store.listing().runs[0]
    shutil.copytree(run.path, store.root / run.run_id)
    (store.root / run.run_id / "manifest.json").write_text("{")
    with pytest.raises(RunDamaged, match=run.run_id):
        store.open(run.name)


@pytest.mark.parametrize("whole", [True, False])
def test_a_run_that_goes_while_it_is_looked_at_has_changed_and_a_file_that_goes_is_damage(
    tmp_path, monkeypatch, whole
):
    run = RunStore(tmp_path / "store").write(finished())
    look = archive_validation._check_metrics

    def goes(checked):
        look(checked)
        if whole:
            shutil.rmtree(run.path)
        else:
            (run.path / "weights.safetensors").unlink()

    monkeypatch.setattr(archive_validation, "_check_metrics", goes)
    monkeypatch.setattr(archive_validation, "_tensors", lambda *about: {})
    monkeypatch.setitem(run.manifest, "parameters", 0)
    with pytest.raises(RunChanged if whole else RunDamaged):
        archive_validation.check(run)
