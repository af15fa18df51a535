"""The browser's forward pass in Node, which comes with the browser's driver: no page is opened."""

import json
import subprocess
from pathlib import Path

import numpy as np
import playwright
import safetensors.numpy

from aecore.decoder import Decoder
from dashboard.components import LIB, bundling

NODE = Path(playwright.__file__).parent / "driver" / "node"
"""None needs to be on the machine."""
SCRIPT = """import { createDecoder } from "./decoder.mjs";
import { Products } from "./products.mjs";
import { parseSafetensors } from "./safetensors.mjs";
import { readFileSync, writeFileSync } from "node:fs";
const { layers, codes, conditions } = JSON.parse(readFileSync("asked.json", "utf8"));
const { tensors } = parseSafetensors(new Uint8Array(readFileSync("decoder.safetensors")));
const draw = (name, products) => {
  const { shape, decode } = createDecoder(layers, tensors, codes[0].length, products);
  const size = shape.reduce((total, length) => total * length, 1);
  const images = new Float32Array(codes.length * size);
  codes.forEach((code, i) => images.set(decode(code, conditions?.[i]), i * size));
  writeFileSync(name, images);
  return shape;
};
const [fast, plain] = [new Products(), new Products(true)];
const shape = draw("fast", fast);
draw("plain", plain);
console.log(JSON.stringify([shape, fast.isPlain]));
"""


def decoded_in_node(
    folder: Path, decoder: Decoder, codes: np.ndarray, conditions: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """What the bundled decoder draws of codes (n, latent_dim), each as its class, if any.

    Args:
        folder: for its files.
        decoder: to draw with.
        codes: float32, (n, latent_dim).
        conditions: classes (n,), where it takes them.

    Returns:
        Images (n, c, h, w): multiplied in WebAssembly, and in JavaScript.
    """
    for name in ("decoder", "products", "safetensors"):
        (folder / f"{name}.mjs").write_text(bundling.bundle(LIB / "decoder" / f"{name}.js"))
    (folder / "replay.mjs").write_text(SCRIPT)
    tensors = {name: np.ascontiguousarray(tensor) for name, tensor in decoder.tensors.items()}
    safetensors.numpy.save_file(tensors, folder / "decoder.safetensors")
    classes = None if conditions is None else conditions.tolist()
    asked = {"layers": list(decoder.layers), "codes": codes.tolist(), "conditions": classes}
    (folder / "asked.json").write_text(json.dumps(asked))
    done = subprocess.run([NODE, "replay.mjs"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    shape, is_plain = json.loads(done.stdout)
    assert not is_plain, "Node has WebAssembly"
    fast, plain = (np.fromfile(folder / name, np.float32).reshape(-1, *shape) for name in ("fast", "plain"))
    return fast, plain
