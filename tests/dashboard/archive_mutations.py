"""Hostile runs: whole containers, every hash in order, and inside something that no training would make."""

import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import safetensors.numpy

from aecore.config import RunConfig

Contents = dict[str, bytes]
SURROGATE = "\ud800"
WORDS = (
    "",
    SURROGATE,
    "![](//host/p.png)",
    "<script>",
    "../../evil",
    "x" * 300,
    "\u202e",
    "a\nb",
    "codes",
    "$x$",
)
NUMBERS = (
    0,
    -1,
    1,
    2,
    33,
    65_536,
    2**31,
    10**12,
    10**400,
    0.5,
    -0.0,
    1e300,
    1e-300,
    float("nan"),
    float("inf"),
)
JSONS = ("manifest.json", "history.json", "metrics.json", "label.json")
TENSORS = ("weights.safetensors", "codes.safetensors", "rewind.safetensors")


def members(archive: bytes) -> Contents:
    """What an archive holds by name."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def sealed(contents: Contents) -> bytes:
    """An archive of contents whose manifest, if it still is one, vouches for what is in it."""
    try:
        manifest = json.loads(contents["manifest.json"])
        manifest["files"] = {
            name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in contents.items()
            if name not in ("manifest.json", "label.json")
        }
        contents = contents | {"manifest.json": json.dumps(manifest).encode()}
    except (ValueError, TypeError, RecursionError):
        pass  # no manifest any more
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def mutated(contents: Contents, rng: np.random.Generator) -> Contents:
    """One thing in it, or two, or three, are other than they were."""
    for _ in range(_one((1, 1, 1, 1, 2, 3), rng)):
        contents = _once(contents, rng)
    if rng.random() < 0.7:
        contents = _renamed(contents)
    return contents


def _once(contents: Contents, rng: np.random.Generator) -> Contents:
    names = [name for name in contents if name in JSONS]
    tensors = [name for name in contents if name in TENSORS]
    kind = rng.random()
    if kind < 0.5:
        name = "manifest.json" if rng.random() < 0.6 else _one(names, rng)
        return contents | {name: json_mutated(contents[name], rng)}
    name = _one(tensors, rng)
    if kind < 0.85:
        return contents | {name: _tensors_mutated(contents[name], rng)}
    if kind < 0.93:
        return contents | {name: _header_mutated(contents[name], rng)}
    name = _one([*contents], rng)
    broken = bytearray(contents[name])
    if broken:
        place = int(rng.integers(len(broken)))
        broken[place : place + int(rng.integers(1, 9))] = rng.bytes(int(rng.integers(0, 9)))
    return contents | {name: bytes(broken)}


def _renamed(contents: Contents) -> Contents:
    """The manifest names the run that its config names, as that of an honest stranger does."""
    try:
        manifest = json.loads(contents["manifest.json"])
        manifest["run_id"] = RunConfig.from_json(manifest["config"]).run_id
        return contents | {"manifest.json": json.dumps(manifest).encode()}
    except Exception:
        return contents


def json_mutated(content: bytes, rng: np.random.Generator) -> bytes:
    """JSON with one value, key or list that is another one."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return content
    holder: Any = [found]
    target, key = holder, 0
    for _ in range(int(rng.integers(0, 7))):
        value = target[key]
        if not isinstance(value, dict | list) or not value:
            break
        target, key = value, _one(list(value) if isinstance(value, dict) else range(len(value)), rng)
    _replace(target, key, rng)
    return json.dumps(holder[0]).encode()


def _replace(target: Any, key: Any, rng: np.random.Generator) -> None:
    value = target[key]
    action = int(rng.integers(0, 9))
    if action == 0 and isinstance(target, dict):
        del target[key]
    elif action == 1 and isinstance(target, dict):
        target[_one(WORDS, rng)] = target.pop(key)
    elif action == 2 and isinstance(value, list) and value:
        target[key] = value * _one((0, 2, 3, 50, 2000), rng)
    elif action == 3 and isinstance(value, list) and len(value) > 1:
        rng.shuffle(value)
    elif action == 4 and isinstance(value, dict) and value:
        target[key] = {f"{name}{i}": one for i in range(20) for name, one in value.items()}
    elif action == 5 and isinstance(value, int | float):
        target[key] = type(value)(value + _one((-1, 1, 7, 100), rng))
    else:
        deep: Any = 0
        for _ in range(int(rng.integers(1, 60))):
            deep = [deep]
        target[key] = _one((_one(WORDS, rng), _one(NUMBERS, rng), None, True, [], {}, deep, [0] * 5000), rng)


def _tensors_mutated(content: bytes, rng: np.random.Generator) -> bytes:
    try:
        arrays = safetensors.numpy.load(content)
    except Exception:
        return content
    if not arrays:
        return content
    name = _one(sorted(arrays), rng)
    if name == "about":
        described = json_mutated(arrays[name].tobytes(), rng)
        return safetensors.numpy.save(arrays | {name: np.frombuffer(described or b" ", np.uint8)})
    array, action = arrays[name], int(rng.integers(0, 9))
    if action == 0:
        del arrays[name]
    elif action == 1:
        arrays[_one(("codes", "about", "rows", "x" * 300, "decoder.0.weight", "kl"), rng)] = arrays.pop(name)
    elif action == 2:
        kinds = (np.float64, np.float32, np.float16, np.int8, np.uint8, np.int64, np.bool_)
        with np.errstate(all="ignore"):
            arrays[name] = array.astype(_one(kinds, rng))
    elif action == 3:
        changed = array.astype(np.float32)
        changed[rng.random(changed.shape) < rng.random()] = _one((np.nan, np.inf, -np.inf, 3e38, 1e30), rng)
        with np.errstate(all="ignore"):
            arrays[name] = changed.astype(array.dtype if array.dtype.kind == "f" else np.float32)
    elif action == 4:
        count = _one((0, 1, 2, len(array) // 2 if array.ndim else 1, 50_000), rng)
        arrays[name] = np.zeros((count, *array.shape[1:]), array.dtype)
    elif action == 5:
        arrays[name] = array.reshape(_one(([*array.shape, 1], [array.size], [1, *array.shape]), rng))
    elif action == 6 and array.ndim:
        arrays[name] = np.concatenate([array, array])
    elif action == 7:
        with np.errstate(all="ignore"):
            arrays[name] = (array.astype(np.float64) * _one((0, -1, 255, 1e4), rng)).astype(array.dtype)
    else:
        arrays[f"{name}.more"] = np.zeros(int(rng.integers(0, 9)), np.float32)
    kept = {key: np.ascontiguousarray(one) for key, one in arrays.items()}
    return safetensors.numpy.save(kept) if kept else struct.pack("<Q", 2) + b"{}"


def _header_mutated(content: bytes, rng: np.random.Generator) -> bytes:
    """A list of tensors that says something else, or does not end where it says."""
    length = int.from_bytes(content[:8], "little")
    header, data = content[8 : 8 + length], content[8 + length :]
    header = json_mutated(header, rng)
    stated = len(header) + int(_one((0, 0, 0, 1, -1, 2**20, 2**40), rng))
    return struct.pack("<Q", max(stated, 0)) + header + data


def _one(values: Any, rng: np.random.Generator) -> Any:
    return values[int(rng.integers(len(values)))]


Mutation = Callable[[Contents, np.random.Generator], Contents]
