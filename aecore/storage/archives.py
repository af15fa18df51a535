"""Archives: one run as one file, `<run_id>.aerun`, to take elsewhere and to bring in again.

A zip file without folders, uncompressed: the run's files as they are stored (see `aecore.storage.store`), the
manifest first, `label.json` and `rewind.safetensors` where the run has them. The same run gives the same
bytes. What is brought in is a stranger's: sizes are limited before anything is read and counted while it
is, members are looked up by name and never followed as paths, hashes and shapes are held against the
manifest, and the run appears in the store when all of that is done, marked as imported. Nothing is unpickled.
"""

import contextlib
import datetime
import hashlib
import io
import json
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from aecore import datasets
from aecore.config import RunConfig
from aecore.errors import AecoreError, BadArchive, RunDamaged, RunTooNew, UnknownName
from aecore.storage import annotations, archive_validation, atomic, manifests, ownership
from aecore.storage.manifests import FILES, MANIFEST, OPTIONAL
from aecore.storage.run import StoredRun, read_manifest
from aecore.storage.settings import check_writable
from aecore.storage.store import RunStore

SUFFIX = ".aerun"
NEEDED = (MANIFEST, *FILES)
MEMBERS = (*NEEDED, *OPTIONAL, annotations.FILE)
"""Every name there can be in an archive."""
MOST_MB = 512
MOST_BYTES = MOST_MB * 2**20
"""Of all members together, as they are stored and unpacked; runs are below 30 MB, wide networks above."""
MOST_RATIO, MOST_RATIO_OF_WEIGHTS, FREE = 20, 4, 2**20
"""How many times as long as it is packed a member may be, and the bytes it may have in any case: runs are
stored as they are, and weights that another program compressed shrink by a tenth, a PCA's by a third."""
MOST_OF_HISTORY = 16 * 2**20
"""Bytes of the one file whose size a config alone hardly bounds: 100,000 epochs are allowed."""
MOST_OF_DIRECTORY = 16_384
"""Bytes of the list of members, which `zipfile` reads as a whole before one can see a name."""
AHEAD = datetime.timedelta(days=1)
"""By which another machine's clock may be ahead of this one's."""
BLOCK = 2**20
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OSError,
)
"""What `zipfile` raises where a file is none, is encrypted or was tampered with."""


Check = Callable[[StoredRun], None]


@dataclass(frozen=True)
class Received:
    """What came of an archive.

    Attributes:
        run: the run, as it lies in the store.
        existed: whether it was there before; then nothing was written.
    """

    run: StoredRun
    existed: bool


def file_name(run: StoredRun) -> str:
    """What an archive of a run is called."""
    return f"{run.run_id}{SUFFIX}"


def export(run: StoredRun) -> bytes:
    """One file with all there is of a run.

    Args:
        run: any run, shipped or one's own.

    Returns:
        The bytes of the zip file, the same whenever the same run is exported with the same annotation.

    Raises:
        RunDamaged: if a file of the run is not what was written.
        RunChanged: if the run was replaced or deleted meanwhile.
    """
    names = [name for name in (*FILES, *OPTIONAL) if name in run.manifest["files"]]
    manifest = {name: entry for name, entry in run.manifest.items() if name not in manifests.MARKS}
    contents = {MANIFEST: json.dumps(manifest, indent=1).encode()}
    contents |= {name: run.content(name) for name in names}
    if annotation := run.annotation:
        contents[annotations.FILE] = annotation.to_bytes()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in contents.items():
            member = zipfile.ZipInfo(name)  # of 1980: no clock gets into the bytes
            member.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(member, content)
    return buffer.getvalue()


def export_file(run: StoredRun, folder: Path) -> Path:
    """`export`, written to a file of the usual name.

    Args:
        run: any run.
        folder: where to; it exists. A file of that name is replaced.

    Returns:
        The file.

    Raises:
        StoreNotWritable: if the folder cannot be written.
    """
    path = folder / file_name(run)
    with atomic.writing(folder):
        atomic.write_whole(path, export(run))
    return path


def import_file(
    source: Path | BinaryIO | bytes, store: RunStore | None = None, check_model: Check | None = None
) -> StoredRun:
    """The run of an archive, brought into a store; `import_archive` also says whether it was there before.

    Args:
        source: as in `import_archive`.
        store: as in `import_archive`.
        check_model: as in `import_archive`.

    Returns:
        The run.
    """
    return import_archive(source, store, check_model).run


def import_archive(
    source: Path | BinaryIO | bytes,
    store: RunStore | None = None,
    check_model: Check | None = None,
    owner: Callable[[str], str] = lambda run_id: "",
) -> Received:
    """Bring the run of an archive into a store, all or nothing; open it where it is there already.

    Args:
        source: the archive: a file's path, its bytes, or a stream that can seek.
        store: where to; your own runs if not given.
        check_model: what sees that the weights are those of the config, `aecore.runs.check_model`; it needs
            PyTorch, so whoever has it hands it in.
        owner: whose a run of an id is to be, see `aecore.storage.ownership`; nobody's if not given.

    Returns:
        The run, and whether it existed.

    Raises:
        BadArchive: if the file is not a whole and honest archive; nothing is left behind then.
        NotYours: if somebody else trains a run of its id; likewise.
        StoreNotWritable: if the folder cannot be written; likewise.
        ReadOnly: where what is stored is only shown.
    """
    check_writable("importing runs")
    store = store or RunStore()
    with _opened(source) as stream:
        members = _members(stream)
        manifest, config = _manifest(members)
        with contextlib.suppress(RunDamaged):  # a damaged one gives way
            if found := store.find(config):
                return Received(found, existed=True)
        with store.changing(config.run_id) as place:
            if place.final.exists() and (found := _intact(place.final)):  # come while this one waited
                return Received(found, existed=True)
            try:
                _unpack(members, manifest, config, place.begin())
                _check(place.partial, config, check_model)
                ownership.claim(store.root, config.run_id, owner(config.run_id))
                place.commit()
            finally:
                atomic.remove(place.partial)
    return Received(read_manifest(place.final), existed=False)


def _intact(folder: Path) -> StoredRun | None:
    with contextlib.suppress(RunDamaged):
        return read_manifest(folder)
    return None


@contextlib.contextmanager
def _opened(source: Path | BinaryIO | bytes) -> Iterator[BinaryIO]:
    """The source as a stream that can seek; what goes wrong in reading it as a zip is a `BadArchive`."""
    with contextlib.ExitStack() as stack:
        try:
            if isinstance(source, bytes):
                stream = io.BytesIO(source)
            elif isinstance(source, Path):
                stream = stack.enter_context(source.open("rb"))
            else:
                stream = source
        except OSError as error:
            raise BadArchive(f"{source} cannot be read ({error.strerror})") from error
        yield stream


@dataclass(frozen=True)
class _Members:
    """An archive that looks like one, and its members by name."""

    archive: zipfile.ZipFile
    infos: dict[str, zipfile.ZipInfo]

    def blocks(self, name: str, most: int) -> Iterator[bytes]:
        """A member's bytes, never more than it declares and than are allowed."""
        info, read = self.infos[name], 0
        if info.file_size > most:
            raise BadArchive(f"{name} declares {info.file_size:,} bytes, and {most:,} are the most allowed")
        try:
            with self.archive.open(info) as member:  # it stops at the size that is declared
                while block := member.read(BLOCK):
                    read += len(block)
                    yield block
        except BROKEN as error:
            raise BadArchive(f"{name} cannot be unpacked ({error})") from error
        if read != info.file_size:
            raise BadArchive(f"{name} ends after {read:,} of {info.file_size:,} bytes")


def _members(stream: BinaryIO) -> _Members:
    """Look at an archive's list of members, before any of them is read."""
    _check_end(stream)
    try:
        archive = zipfile.ZipFile(stream)
    except BROKEN as error:
        raise BadArchive(f"it is no zip file that can be read ({error})") from error
    infos: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        name = info.orig_filename
        mode = info.external_attr >> 16
        if name not in MEMBERS:
            raise BadArchive(f"it holds {name[:80]!r}, which is no part of a run")
        if name in infos:
            raise BadArchive(f"it holds {name} twice")
        if mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode):
            raise BadArchive(f"{name} is a link or something else that is no plain file")
        if info.flag_bits & 1:
            raise BadArchive(f"{name} is encrypted")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise BadArchive(f"{name} is compressed by a method that is not read here")
        infos[name] = info
    if lacking := [name for name in NEEDED if name not in infos]:
        raise BadArchive(f"it lacks {', '.join(lacking)}")
    if (declared := sum(info.file_size for info in infos.values())) > MOST_BYTES:
        raise BadArchive(f"it unpacks to {declared / 2**20:,.0f} MB, and {MOST_MB} MB are the most allowed")
    for name, info in infos.items():
        most = MOST_RATIO_OF_WEIGHTS if name == "weights.safetensors" else MOST_RATIO
        if info.file_size > FREE + most * info.compress_size:
            packed = f"{info.file_size:,} bytes from {info.compress_size:,}"
            raise BadArchive(f"{name} unpacks to {packed}, more than {most} times as many")
    return _Members(archive, infos)


def _check_end(stream: BinaryIO) -> None:
    """See by the last bytes that the file is no larger than allowed, and its list of members short."""
    try:
        size = stream.seek(0, io.SEEK_END)
        stream.seek(max(size - 42, 0))
        end = stream.read(42)
    except (OSError, ValueError) as error:
        raise BadArchive(f"it cannot be read ({error})") from error
    if size > MOST_BYTES:
        raise BadArchive(f"it has {size / 2**20:,.0f} MB, and {MOST_MB} MB are the most allowed")
    record = end[-22:]
    if len(record) < 22 or record[:4] != b"PK\5\6":
        raise BadArchive("it is no zip file, or it was cut off")
    count, length, _, comment = struct.unpack("<HLLH", record[10:])
    if end[:-22][-20:-16] == b"PK\6\7" or comment or count > len(MEMBERS) or length > MOST_OF_DIRECTORY:
        raise BadArchive(f"it holds more than the {len(MEMBERS)} files that a run can have")


def _manifest(members: _Members) -> tuple[dict[str, Any], RunConfig]:
    """The manifest, and the config in it, of a data set that is known here.

    Of what was brought without images there is no data set. A variant may be somebody's own: its file is
    never in an archive, and without it a run is opened as far as it can be.
    """
    content = b"".join(members.blocks(MANIFEST, manifests.MOST_BYTES))
    try:
        manifest, config = manifests.parse(content, Path(MANIFEST))
        if config.is_trained and config.dataset not in datasets.names():
            raise UnknownName("data set", config.dataset, datasets.names())
    except RunDamaged as error:
        raise BadArchive(error.what) from error
    except RunTooNew as error:
        raise BadArchive(f"it is stored in format {error.found}, and this version reads up to 2") from error
    except UnknownName as error:
        raise BadArchive(str(error).removesuffix(".")) from error
    if manifest["run_id"] != config.run_id:
        named = manifest["run_id"]
        raise BadArchive(f"its manifest is that of {named[:120]!r}, and its config that of {config.run_id}")
    files = manifest["files"]
    if set(files) != set(members.infos) - {MANIFEST, annotations.FILE}:
        raise BadArchive(
            f"its manifest names {', '.join(sorted(files))[:200] or 'no file'}, and others are there"
        )
    now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    if manifests.moment(manifest["created"]) - now > AHEAD:
        raise BadArchive(f"it was created on {manifest['created'][:10]}, a day that is still to come")
    kept = {name: entry for name, entry in manifest.items() if name not in manifests.MARKS}
    return kept | {"imported": now.isoformat()}, config


def _unpack(members: _Members, manifest: dict[str, Any], config: RunConfig, folder: Path) -> None:
    """Write the members to a folder, each held against the size and the hash in the manifest."""
    sizes = archive_validation.largest(manifest, config)
    sizes["history.json"] = min(sizes["history.json"], MOST_OF_HISTORY)
    for name, entry in manifest["files"].items():
        digest, most = hashlib.sha256(), sizes[name]
        with (folder / name).open("xb") as file:
            for block in members.blocks(name, most):
                digest.update(block)
                file.write(block)
            atomic.flush(file)
        if digest.hexdigest() != entry["sha256"] or members.infos[name].file_size != entry["bytes"]:
            raise BadArchive(f"{name} is not what its manifest says")
    if annotations.FILE in members.infos:
        content = b"".join(members.blocks(annotations.FILE, annotations.MOST_BYTES))
        try:
            annotation = annotations.parse(content)
        except ValueError as error:
            raise BadArchive(f"{annotations.FILE} is no name and note ({error})") from error
        atomic.write_through(folder / annotations.FILE, annotation.to_bytes())
    atomic.write_through(folder / MANIFEST, json.dumps(manifest, indent=1).encode())


def _check(folder: Path, config: RunConfig, check_model: Check | None) -> None:
    """Hold what was unpacked against its manifest, and against what its config makes."""
    try:
        run = StoredRun(folder, *manifests.read(folder, config.run_id))
        archive_validation.check(run)
        if check_model:
            check_model(run)
    except RunDamaged as error:
        raise BadArchive(error.what) from error
    except BadArchive:
        raise
    except AecoreError as error:
        raise BadArchive(f"what it holds is no whole run. {error}") from error
