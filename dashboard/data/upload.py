"""The door for a person's own images: what can be brought, how much of it, and taking it in."""

import re
from pathlib import PurePosixPath

import streamlit as st

from aecore.config import is_text
from aecore.errors import AecoreError
from aecore.importers.settings import LARGEST_SIDE, MOST_CLASSES, SMALLEST_SIDE, most_bytes, most_images
from aecore.jobs.limits import number
from dashboard.services import imports, uploads, visitors
from dashboard.shared.plain_text import as_text
from dashboard.state import keys, session, widgets

FILES, FOLDER = "files", "folder"
TITLES = {FILES: "Files or a zip", FOLDER: "A folder"}
MEGABYTES = 200
"""The largest file that is taken in; the command line takes larger ones."""
SLOW = "A browser sends a folder file by file: more than some hundred pictures come sooner as a zip."
READ_ONLY = "This server is public: its images can be looked at and taken along, and none brought in."
TAUGHT = """
| you have | for example |
| --- | --- |
| a folder or a zip of pictures, one folder for each class | `cats/1.png` `dogs/1.png` |
| the same, divided already | `train/cats/1.png` `test/cats/2.png` |
| pictures with a table beside them | `metadata.csv` with `file_name,label` |
| pictures without labels | `1.png` `2.jpg` |
| arrays | `.npz` with `images` and `labels`, or as MedMNIST or Keras write it |
| a Parquet file, as Hugging Face writes it | `train.parquet` with `image` and `label` |
| files in MNIST's own layout | `train-images-idx3-ubyte.gz` and the others |
"""


def show() -> None:
    """A place to drop files, with its limits said before anything is read."""
    st.markdown("## Bring your own images")
    kind = st.segmented_control(
        "What you bring",
        list(TITLES),
        format_func=TITLES.__getitem__,
        required=True,
        label_visibility="collapsed",
        **widgets.remembered(keys.BROUGHT_AS, FILES),
    )
    key = f"{keys.BROUGHT}-{_times()}-{kind}"
    st.file_uploader(
        "Pictures, a zip of them, or a file of images" if kind == FILES else "A folder of pictures",
        accept_multiple_files="directory" if kind == FOLDER else True,
        max_upload_size=MEGABYTES,
        label_visibility="collapsed",
        key=key,
        on_change=_take,
        args=(key, _times()),
    )
    st.caption(f"{SLOW} {limits()}" if kind == FOLDER else limits())


def limits() -> str:
    """What may be brought, in a sentence or two."""
    here, elsewhere = min(MEGABYTES, int(number("AECORE_UPLOAD_MB", 256))), most_bytes() / 1e9
    return (
        f"Drop them on the field. Up to {most_images():,} pictures, {MOST_CLASSES} classes and {here} MB; "
        f"{elsewhere:.0f} GB by the command line. They are kept at {SMALLEST_SIDE} to {LARGEST_SIDE} pixels."
    )


def teach() -> None:
    """What can be brought, each with an example."""
    st.markdown("**What you can bring**")
    st.markdown(TAUGHT)
    st.caption(
        "You see what was read before anything is kept. From a terminal: "
        "`python -m aecore data add PATH --name NAME`."
    )


def _times() -> int:
    """How often this session has brought something: each time there is another field."""
    return session.kept(keys.TIMES_BROUGHT) or 0


def _take(key: str, times: int) -> None:
    """Take in what was sent, and begin to read it."""
    files = session.now().get(key) or []
    if not files or times != _times():  # its files are let go, which is a change as well
        return
    try:
        sent = imports.brought(files)
        title = title_of([file.name for file in sent])
        imports.intakes().take(visitors.owner(), title, sent, imports.session_id())
        for name in keys.OF_AN_IMPORT:
            widgets.forget(name)
        session.exchange(keys.SAID_OF_DATA, None)
    except AecoreError as error:
        session.exchange(keys.SAID_OF_DATA, ("error", as_text(error)))
    session.exchange(keys.TIMES_BROUGHT, times + 1)
    uploads.forget(files)


def title_of(names: list[str]) -> str:
    """What to call what was sent: the folder around it, the one file, or how many there are.

    Args:
        names: of the files, with / between folders.

    Returns:
        A short line of plain text.
    """
    tops = {PurePosixPath(name).parts[0] for name in names}
    title = tops.pop() if len(tops) == 1 else f"{len(names)} files"
    title = re.sub(r"(\.(zip|npz|npy|parquet|gz))+$", "", title)[:60].strip()
    return title if title and is_text(title) else "Images"


def name_of(title: str) -> str:
    """A title as a data set's name: lower-case letters, digits and _, at most 28."""
    word = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")
    return (word if re.match("[a-z]", word) else f"images_{word}").strip("_")[:28].rstrip("_")
