"""Files that visitors send take no more of the server's memory than they may."""

import pytest
from starlette.exceptions import HTTPException
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from dashboard.services.uploads import Bounds

MEGABYTE = 10**6


@pytest.fixture
def here(monkeypatch):
    monkeypatch.setenv("AECORE_UPLOAD_MB", "3")
    monkeypatch.setenv("AECORE_UPLOADS_MB", "5")
    return {"anna", "bert"}


@pytest.fixture
def kept(here):
    manager = MemoryUploadedFileManager("/upload")
    Bounds(manager, lambda session: session in here)
    return manager


def send(manager: MemoryUploadedFileManager, session: str, name: str, megabytes: float) -> None:
    manager.add_file(session, UploadedFileRec(name, name, "", bytes(int(megabytes * MEGABYTE))))


def names(manager: MemoryUploadedFileManager, session: str) -> list[str]:
    return list(manager.file_storage.get(session, {}))


def test_a_sessions_oldest_files_give_way_to_its_newest(kept):
    for name in "abcd":
        send(kept, "anna", name, 1)
    assert names(kept, "anna") == ["b", "c", "d"]
    send(kept, "anna", "e", 2.5)
    assert names(kept, "anna") == ["e"]


def test_a_file_that_is_larger_than_a_session_may_keep_is_refused_and_the_others_stay(kept):
    send(kept, "anna", "a", 1)
    with pytest.raises(HTTPException, match="413"):
        send(kept, "anna", "b", 3.5)
    assert names(kept, "anna") == ["a"]


def test_beyond_what_all_may_keep_the_files_of_who_has_left_go_and_nobody_elses(kept, here):
    send(kept, "bert", "a", 2)
    send(kept, "anna", "b", 3)
    with pytest.raises(HTTPException, match="507"):
        send(kept, "carl", "c", 1)
    here.remove("bert")
    send(kept, "carl", "c", 1)
    assert (names(kept, "bert"), names(kept, "anna"), names(kept, "carl")) == ([], ["b"], ["c"])


def test_a_folder_of_thousands_of_files_is_not_looked_through_for_each(kept, monkeypatch):
    looked = []
    own = kept.get_files
    monkeypatch.setattr(kept, "get_files", lambda *asked: looked.append(asked) or own(*asked))
    for number in range(100):
        send(kept, "anna", f"f{number}", 0.001)
    assert looked == []
    assert len(names(kept, "anna")) == 100


def test_what_streamlit_has_removed_counts_no_more(kept):
    send(kept, "anna", "a", 3)
    send(kept, "bert", "b", 2)
    kept.remove_session_files("anna")
    send(kept, "carl", "c", 3)
    assert names(kept, "carl") == ["c"]
