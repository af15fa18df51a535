"""A folder or a zip of pictures: folders of classes, of splits, a file of metadata, or nothing of these.

Class folders are torchvision's ImageFolder, metadata.csv, .jsonl and .parquet Hugging Face's imagefolder.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from aecore.errors import BadImport
from aecore.importers import listing, metadata, table
from aecore.importers.formats import Given, Report, start_of
from aecore.importers.listing import Listing, Member, Skipped, is_picture, shown
from aecore.importers.pictures import Pictures, decoded
from aecore.importers.settings import MOST_CLASSES, NO_LABELS, Settings

TITLE = "a folder or a zip of pictures"
SPLITS = {
    "train": ("train", "training"),
    "validation": ("val", "valid", "validation", "dev"),
    "test": ("test", "testing"),
}
SPLIT_OF = {name: split for split, names in SPLITS.items() for name in names}
METADATA = ("metadata.csv", "metadata.jsonl", "metadata.parquet")
MOST_TABLES = 32
"""Files of metadata, one in each folder of a split or a class."""
FOLDERS = "folders"
"""As `label`: the folders that pictures lie in, also where a file of metadata names labels."""
BESIDE_FOLDERS = "it lies beside the folders of classes"


def recognises(path: Path) -> bool:
    """Whether it is a folder or a zip."""
    return path.is_dir() or start_of(path, 4) in (b"PK\x03\x04", b"PK\x05\x06")


def read(path: Path, settings: Settings, report: Report | None) -> Given:
    """Read its pictures.

    Args:
        path: the folder or zip.
        settings: how they are brought to one form, and which labels are meant.
        report: called as they come.

    Returns:
        Images by split.

    Raises:
        BadImport: if there are none, too many, or the zip is damaged or hostile.
    """
    return decoded(found(path, settings), settings, report)


def found(path: Path, settings: Settings) -> Pictures:
    """The pictures there are, by the conventions of their folders; none is decoded.

    Args:
        path: the folder or zip.
        settings: which labels are meant.

    Returns:
        All of them with what is known of each.

    Raises:
        BadImport: as `read` does.
    """
    files = listing.files_of(path)
    members = [member for member in files.members if is_picture(member)]
    beside = [member for member in files.members if not is_picture(member)]
    pictures = Pictures(path, [], [], notes=files.notes, skipped=files.skipped)
    tables = [member for member in beside if _is_table(member)]
    if len(tables) > MOST_TABLES:
        raise BadImport(
            f"there are {len(tables):,} files of metadata, and at most {MOST_TABLES} are read",
            f"Join them in one {METADATA[0]} above all pictures.",
        )
    pictures.skipped += [
        Skipped(shown(member.name), "no picture by its ending") for member in beside if not _is_table(member)
    ]
    splits = _splits(members, pictures)
    if tables:
        _by_metadata(files, tables, members, splits, pictures, settings)
    else:
        _by_folders(members, splits, pictures, settings)
    return pictures


def _is_table(member: Member) -> bool:
    return member.parts[-1].lower() in METADATA


def _splits(members: list[Member], pictures: Pictures) -> list[str]:
    """The split of each picture, by the folders at the top where all are called so."""
    tops = {member.parts[0].lower() if len(member.parts) > 1 else "" for member in members}
    named = {SPLIT_OF.get(top) for top in tops}
    if None in named or "train" not in named:
        return ["all"] * len(members)
    splits = [SPLIT_OF[member.parts[0].lower()] for member in members]
    pictures.notes.append(f"Divided by the folders {', '.join(sorted(tops))}.")
    if "test" not in named and "validation" in named:
        pictures.notes.append("There is no test folder: the validation images are measured on.")
        splits = ["test" if split == "validation" else split for split in splits]
    return splits


def _by_folders(members: list[Member], splits: list[str], pictures: Pictures, settings: Settings) -> None:
    """Labels by the folder that a picture lies in, or none where all lie in one."""
    folders = _folders(members, splits)
    is_labelled = settings.label != NO_LABELS and any(folders)
    if settings.label not in (None, NO_LABELS, FOLDERS):
        raise BadImport(
            f"there is no file of metadata with a column {settings.label!r}",
            f"Give {FOLDERS} or {NO_LABELS}, or write {METADATA[0]}.",
        )
    pictures.labels, pictures.label = [] if is_labelled else None, "the folders"
    pictures.are_words = True
    for member, folder, split in zip(members, folders, splits, strict=True):
        if pictures.labels is not None and not folder:
            pictures.skipped.append(Skipped(shown("/".join(member.parts)), BESIDE_FOLDERS))
            continue
        pictures.names.append(member.name)
        pictures.splits.append(split)
        if pictures.labels is not None:
            pictures.labels.append(folder)
    if not is_labelled:
        why = "none were wanted" if settings.label == NO_LABELS else "there are no folders of classes"
        pictures.notes.append(f"Images have no labels: {why}.")


def _folders(members: list[Member], splits: list[str]) -> list[str]:
    """The folder of each picture below those of the splits; "" where it lies in none."""
    below = [
        member.parts[0 if split == "all" else 1 :] for member, split in zip(members, splits, strict=True)
    ]
    return [parts[0] if len(parts) > 1 else "" for parts in below]


def _are_classes(folders: list[str]) -> bool:
    """Whether folders can be meant as classes, where metadata says nothing of any."""
    return all(folders) and 2 <= len(set(folders)) <= MOST_CLASSES


def _rows(files: Listing, tables: list[Member], pictures: Pictures) -> dict[tuple[str, ...], dict[str, Any]]:
    """The row of each picture that a file of metadata names, by where it lies."""
    rows: dict[tuple[str, ...], dict[str, Any]] = {}
    for member in tables:
        content = files.read(member, metadata.MOST_BYTES)
        name = "/".join(member.parts)
        read = table.rows(content) if name.lower().endswith(".parquet") else metadata.rows(name, content)
        for row in read:
            parts = tuple(part for part in row.pop(metadata.FILE_NAME).split("/") if part not in ("", "."))
            if rows.setdefault((*member.parts[:-1], *parts), row) is not row:
                pictures.skipped.append(Skipped(shown("/".join(parts)), f"{shown(name)} names it twice"))
    return rows


def _says_something(rows: Iterable[dict[str, Any]], label: str | None) -> bool:
    """Whether any row has a label in that column."""
    return label is not None and any(str(row.get(label) or "").strip() for row in rows)


def _by_metadata(
    files: Listing,
    tables: list[Member],
    members: list[Member],
    splits: list[str],
    pictures: Pictures,
    settings: Settings,
) -> None:
    """Labels and columns by the rows of metadata; each file of it names pictures below its own folder."""
    rows = _rows(files, tables, pictures)
    names = list(dict.fromkeys(key for row in rows.values() for key in row if isinstance(key, str)))
    folders = _folders(members, splits)
    label = None if settings.label == FOLDERS else metadata.label_column(names, settings.label)
    by_folder = settings.label == FOLDERS and any(folders)
    listed = ", ".join(shown("/".join(member.parts)) for member in tables)
    pictures.notes.append(f"What is known of each picture was read from {listed}.")
    if settings.label is None and not _says_something(rows.values(), label):
        by_folder = _are_classes(folders)
        if label is None:
            pictures.notes.append("No column is called label or class.")
        label = None if by_folder else label
    if label is None and not by_folder:
        pictures.notes.append("Images have no labels.")
    pictures.labels = [] if label or by_folder else None
    pictures.label = "the folders" if by_folder else label or ""
    pictures.are_words = by_folder
    pictures.table = {name: [] for name in names if name != label}
    unnamed = 0
    for member, folder, split in zip(members, folders, splits, strict=True):
        row = rows.pop(member.parts, None)
        why = BESIDE_FOLDERS if by_folder and not folder else ""
        if row is None:
            unnamed += 1
            why = why or "no row of metadata names it" * (not by_folder)
        if why:
            pictures.skipped.append(Skipped(shown("/".join(member.parts)), why))
            continue
        row = row or {}
        pictures.names.append(member.name)
        pictures.splits.append(split)
        if pictures.labels is not None:
            pictures.labels.append(folder if by_folder else row.get(pictures.label))
        for name, values in pictures.table.items():
            values.append(row.get(name))
    if by_folder and 0 < unnamed < len(members):
        pictures.notes.append(
            f"Pictures without a row of metadata, of which nothing else is known: {unnamed:,}."
        )
    if members and (not pictures.names or unnamed == len(members)):
        raise BadImport(
            f"{listed} names none of {len(members):,} pictures, such as {shown('/'.join(members[0].parts))}",
            f"Write in {metadata.FILE_NAME} where each lies, seen from the file's own folder.",
        )
    pictures.skipped += [
        Skipped(shown("/".join(parts)), "metadata names it, and it is not there") for parts in rows
    ]
