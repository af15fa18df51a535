"""What lies in a folder or a zip: its files by their names, seen without reading or unpacking any.

Nothing is ever unpacked to a disk. A name only tells files apart; still an archive with a name that leads
out of it is refused, since whoever made it meant harm.
"""

from __future__ import annotations

import os
import re
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from aecore.errors import BadImport
from aecore.importers import settings
from aecore.importers.source import FAULTS, Source

DEEPEST = 12
"""Folders within one another."""
BESIDE = 10_000
"""Files that may lie beside the pictures."""
PICTURES = frozenset({"png", "jpg", "jpeg", "jpe", "jfif", "webp", "bmp", "dib", "tif", "tiff", "gif"})
DRIVE = re.compile("[A-Za-z]:")
"""At the front of a path of Windows."""
UNSEEN = frozenset({"__macosx", "thumbs.db", "desktop.ini"})
LONGEST_NAME = 120


class Member(NamedTuple):
    """One file: the folders above it and its own name, what its source calls it, and its bytes."""

    parts: tuple[str, ...]
    name: str
    size: int


class Skipped(NamedTuple):
    """A file that was left out, and why."""

    name: str
    why: str


@dataclass
class Listing:
    """The files of a folder or a zip.

    Attributes:
        path: the folder or the zip.
        members: files, in the order of their names.
        skipped: what was stepped over.
        notes: what was done with the names.
    """

    path: Path
    members: list[Member] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def is_zip(self) -> bool:
        """Whether it is a zip."""
        return self.path.is_file()

    def read(self, member: Member, most: int) -> bytes:
        """One file as a whole.

        Args:
            member: one of `members`.
            most: bytes that it may have.

        Returns:
            Its content.

        Raises:
            BadImport: if it cannot be read or is larger.
        """
        try:
            with Source.of(self.path) as source:
                return source.read(member.name, most)
        except FAULTS as error:
            raise BadImport(f"{shown(member.name)} cannot be read ({error})", "Save it again.") from error


def shown(name: str) -> str:
    """A file's name as a short line that says nothing but itself."""
    line = "".join(letter if letter.isprintable() else "�" for letter in name)
    return line if len(line) <= LONGEST_NAME else f"…{line[1 - LONGEST_NAME :]}"


def files_of(path: Path) -> Listing:
    """List a folder or a zip.

    Args:
        path: either.

    Returns:
        Its files; hidden ones, links and what systems leave behind are stepped over, and a single folder
        around everything is taken off.

    Raises:
        BadImport: if it is neither, has too many files, or is hostile.
    """
    listing = Listing(path)
    try:
        found = list(_of_folder(listing) if path.is_dir() else _of_zip(listing))
    except OSError as error:
        raise BadImport(
            f"{path} cannot be read ({error.strerror or error})", "Name another folder or file."
        ) from error
    listing.members = sorted(found)
    _unwrap(listing)
    return listing


def _most() -> int:
    return settings.most_images() + BESIDE


def _check_count(count: int) -> None:
    if count > _most():
        raise BadImport(
            f"there are more than {_most():,} files, and at most {settings.most_images():,} images are kept",
            "Bring fewer, or raise AECORE_MOST_IMAGES.",
        )


def _of_folder(listing: Listing) -> Iterator[Member]:
    todo: list[tuple[str, ...]] = [()]
    count = 0
    while todo:
        parts = todo.pop()
        is_empty = True
        for entry in sorted(os.scandir(listing.path.joinpath(*parts)), key=lambda entry: entry.name):
            own = (*parts, entry.name)
            name = "/".join(own)
            is_empty = False
            if _is_unseen(own):
                listing.skipped.append(Skipped(shown(name), "hidden, or left by a system"))
            elif entry.is_symlink():
                listing.skipped.append(Skipped(shown(name), "links are not followed"))
            elif entry.is_dir():
                if len(own) > DEEPEST:
                    raise BadImport(
                        f"there are more than {DEEPEST} folders within one another", "Bring less deep ones."
                    )
                todo.append(own)
            elif entry.is_file():
                count += 1
                _check_count(count)
                yield Member(own, name, entry.stat().st_size)
            else:
                listing.skipped.append(Skipped(shown(name), "no file"))
        if is_empty and parts:
            listing.skipped.append(Skipped(shown("/".join(parts)), "an empty folder"))


def _of_zip(listing: Listing) -> Iterator[Member]:
    try:
        with zipfile.ZipFile(listing.path) as archive:
            infos = archive.infolist()
    except FAULTS as error:
        raise BadImport(f"the zip is damaged ({error})", "Pack it again.") from error
    _check_count(len(infos))
    nameless = [
        info for info in infos if not info.filename
    ]  # of which zipfile itself asks for the last letter
    listing.skipped += [Skipped("?", "it has no name")] * len(nameless)
    infos = [info for info in infos if info.filename]
    full = {PurePosixPath(info.filename).parent for info in infos if not info.is_dir()}
    full |= {above for folder in full for above in folder.parents}
    last = {info.filename: info for info in infos}  # a zip gives the last of those of one name
    for info in infos:
        name = info.filename
        parts = tuple(part for part in name.split("/") if part not in ("", "."))
        if name.startswith("/") or ".." in parts or "\\" in name or DRIVE.match(name):
            raise BadImport(f"the name {shown(name)} leads out of the zip", "Pack the folder again.")
        if info.flag_bits & 1:
            raise BadImport("the zip is locked with a password", "Pack it without.")
        if len(parts) > DEEPEST:
            raise BadImport(
                f"there are more than {DEEPEST} folders within one another", "Bring less deep ones."
            )
        if why := _reason(info, parts, full):
            listing.skipped.append(Skipped(shown(name), why))
        elif info is not last[name]:
            listing.skipped.append(Skipped(shown(name), "the zip has another of this name behind it"))
        elif not info.is_dir() and parts:
            yield Member(parts, name, info.file_size)


def _reason(info: zipfile.ZipInfo, parts: tuple[str, ...], full: set[PurePosixPath]) -> str:
    """Why an entry is stepped over; nothing where it is not."""
    if _is_unseen(parts):
        return "hidden, or left by a system"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "links are not followed"
    if info.is_dir():
        return "" if PurePosixPath(info.filename) in full else "an empty folder"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "packed in a way that is not read; use deflate"
    return ""


def _is_unseen(parts: tuple[str, ...]) -> bool:
    return any(part.startswith(".") or part.lower() in UNSEEN for part in parts)


def _unwrap(listing: Listing) -> None:
    """Take off folders that have everything in them."""
    members, off = listing.members, []
    while members and len({member.parts[0] for member in members}) == 1 and len(members[0].parts) > 1:
        off.append(members[0].parts[0])
        members = [member._replace(parts=member.parts[1:]) for member in members]
    if off:
        listing.notes.append(f"The folder {shown('/'.join(off))} around everything was stepped over.")
    listing.members = members


def is_picture(member: Member) -> bool:
    """Whether a file is a picture by its name."""
    return member.parts[-1].rpartition(".")[2].lower() in PICTURES
