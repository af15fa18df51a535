"""Uploads: files that visitors send lie in the server's memory, so what they may take is bounded.

Streamlit bounds each file and forgets a session's files some time after it left. Here the oldest files of a
session give way to its newest beyond AECORE_UPLOAD_MB, and beyond AECORE_UPLOADS_MB those of sessions that
have left go first; where nothing is left to go, the file is refused.
"""

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from starlette.exceptions import HTTPException
from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from aecore.jobs.limits import MEGABYTE, number

REFUSED = "This server keeps as many uploaded files as it can. Try again in a minute."


def bound() -> None:
    """Bound what is uploaded to the server that runs this; once."""
    if runtime.exists():
        server = runtime.get_instance()
        manager = server.uploaded_file_mgr  # Streamlit has no other than that in memory
        Bounds(manager, server.is_active_session)  # pyright: ignore[reportArgumentType]  its protocol says less


def forget(files: Sequence[Any]) -> None:
    """Let go files of the session that runs, once they were taken in.

    Args:
        files: Streamlit's, as a widget gave them.
    """
    context = get_script_run_ctx()
    if runtime.exists() and context:
        manager: Any = runtime.get_instance().uploaded_file_mgr  # its protocol says less
        for file in files:
            manager.remove_file(context.session_id, file.file_id)


class Bounds:
    """What uploaded files take, by session, oldest first."""

    def __init__(self, manager: MemoryUploadedFileManager, is_here: Callable[[str], bool]) -> None:
        """Stand before a manager of uploaded files.

        Args:
            manager: Streamlit's; its `add_file` is replaced, the files stay with it.
            is_here: whether a session, by its id, has a browser at its other end.
        """
        self._manager, self._is_here, self._lock = manager, is_here, threading.Lock()
        self._own_add = manager.add_file
        self._sizes: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._taken: Counter[str] = Counter()
        manager.add_file = self.add

    def add(self, session_id: str, file: UploadedFileRec) -> None:
        """Take a file in, in place of older ones where that is needed.

        Args:
            session_id: whose it is.
            file: the file.

        Raises:
            HTTPException: if there is no room for it.
        """
        with self._lock:
            size = len(file.data)
            own = int(number("AECORE_UPLOAD_MB", 256) * MEGABYTE)
            in_all = int(number("AECORE_UPLOADS_MB", 1024) * MEGABYTE)
            if size > min(own, in_all):
                raise HTTPException(status_code=413, detail=REFUSED)
            if self._taken[session_id] > own - size or self._taken.total() > in_all - size:
                self._forget_gone()  # looks at every file: a folder has thousands
            self._make_room(own - size, session_id)
            if self._taken.total() > in_all - size:
                self._make_way(in_all - size)
            if self._taken.total() > in_all - size:
                raise HTTPException(status_code=507, detail=REFUSED)
            self._own_add(session_id, file)
            self._uncount((session_id, file.file_id))
            self._sizes[session_id, file.file_id] = size
            self._taken[session_id] += size

    def _make_room(self, room: int, session_id: str) -> None:
        """Remove files of a session, the oldest first, until they take no more than so much."""
        if self._taken[session_id] <= room:
            return
        for key in [key for key in self._sizes if key[0] == session_id]:
            if self._taken[session_id] <= room:
                break
            self._remove(key)

    def _make_way(self, room: int) -> None:
        """Remove files of sessions that have left, the oldest first, until no more than so much is taken."""
        for key in [key for key in self._sizes if not self._is_here(key[0])]:
            if self._taken.total() <= room:
                break
            self._remove(key)

    def _remove(self, key: tuple[str, str]) -> None:
        self._manager.remove_file(*key)
        self._uncount(key)

    def _uncount(self, key: tuple[str, str]) -> None:
        self._taken[key[0]] -= self._sizes.pop(key, 0)
        if not self._taken[key[0]]:
            del self._taken[key[0]]

    def _forget_gone(self) -> None:
        """Count no file that Streamlit has removed itself."""
        for key in [key for key in self._sizes if not self._manager.get_files(key[0], [key[1]])]:
            self._uncount(key)
