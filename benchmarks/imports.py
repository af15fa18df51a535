"""How many pictures a second come in, beside a plain loop over Pillow that checks nothing."""

from __future__ import annotations

import io
import resource
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from PIL import Image
from pyarrow import parquet

from aecore.datasets import load_images
from aecore.importers import formats
from aecore.importers.settings import Settings

COUNT, SIDE = 6000, 64
LIMIT = 2000
"""Pictures a second and core from a zip of small PNGs."""


def rows() -> list[dict[str, Any]]:
    """One row for each way that pictures come in.

    Returns:
        Rows of the table.
    """
    pictures = load_images("sprites", "train").pixels
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        small = [_coded(pictures[k % len(pictures)], SIDE, "PNG", is_clear=True) for k in range(COUNT)]
        photos = [_coded(pictures[k], 512, "JPEG") for k in range(COUNT // 10)]
        ways = {
            f"zip of transparent PNGs, {SIDE} px": (_zip(root / "small.zip", small), small, f"≥ {LIMIT:,}"),
            f"folder of transparent PNGs, {SIDE} px": (_folder(root / "small", small), small, ""),
            f"Parquet of transparent PNGs, {SIDE} px": (_parquet(root / "small.parquet", small), small, ""),
            f"zip of JPEGs, 512 px, to {SIDE} px": (_zip(root / "photos.zip", photos), photos, ""),
        }
        return [_row(name, path, contents, limit) for name, (path, contents, limit) in ways.items()]


def _coded(pixels: np.ndarray, side: int, kind: str, is_clear: bool = False) -> bytes:
    image = Image.fromarray(pixels).resize((side, side), Image.Resampling.BICUBIC)
    if is_clear:
        image.putalpha(image.convert("L").point([0, *[255] * 255]))
    stream = io.BytesIO()
    image.save(stream, kind)
    return stream.getvalue()


def _zip(path: Path, contents: list[bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for k, content in enumerate(contents):
            archive.writestr(f"{k % 7}/{k}.png", content)  # what it is, its first bytes tell
    return path


def _folder(path: Path, contents: list[bytes]) -> Path:
    for k, content in enumerate(contents):
        (path / str(k % 7)).mkdir(parents=True, exist_ok=True)
        (path / str(k % 7) / f"{k}.png").write_bytes(content)
    return path


def _parquet(path: Path, contents: list[bytes]) -> Path:
    parquet.write_table(pa.table({"image": contents, "label": [k % 7 for k in range(len(contents))]}), path)
    return path


def _row(name: str, path: Path, contents: list[bytes], limit: str) -> dict[str, Any]:
    whole, _ = _timed(lambda: formats.read(path, Settings(colour="rgb")), resource.RUSAGE_CHILDREN)
    settings = Settings(size=SIDE, colour="rgb", background="black")
    _, computed = _timed(lambda: formats.read(path, settings), resource.RUSAGE_CHILDREN)
    _, plain = _timed(lambda: [_plainly(content) for content in contents], resource.RUSAGE_SELF)
    count = len(contents)
    return {
        "what": name,
        "pictures/s, all cores, size and background found": f"{count / whole:,.0f}",
        "pictures/s a core": f"{count / computed:,.0f}",
        "limit": limit,
        "plain Pillow loop, pictures/s a core": f"{count / plain:,.0f}",
        "times the loop": f"{plain / computed:.1f}",
    }


def _timed(work: Callable[[], Any], who: int) -> tuple[float, float]:
    """Seconds that it takes, and that this process or those which it starts compute."""
    start, before = time.perf_counter(), resource.getrusage(who)
    work()
    after = resource.getrusage(who)
    return time.perf_counter() - start, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _plainly(content: bytes) -> np.ndarray:
    image = Image.open(io.BytesIO(content)).convert("RGBA")
    ground = Image.new("RGB", image.size)
    ground.paste(image, mask=image)
    return np.asarray(ground.resize((SIDE, SIDE)) if image.size != (SIDE, SIDE) else ground)
