"""A further kind of layer is one Python file and one JavaScript file, and nothing else is edited."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import playwright
import pytest
from torch import nn

from aecore.decoder import Decoder, layers, output_shapes
from aecore.errors import BadArchive
from aecore.models import export
from aecore.storage import archives
from aecore.storage.store import RunStore
from dashboard.components import LIB, bundling
from tests.core.decoder.examples import CODE, Toy, codes_of, image, in_torch
from tests.finished_runs import finished

NODE = Path(playwright.__file__).parent / "driver" / "node"
"""The one that comes with the browser's driver: none needs to be on the machine."""
PYTHON = '''"""Maps (c r^2, h, w) to pixels (c, h r, w r)."""

from aecore.decoder.layer import Layer, Parts, Shape, count


def _shape(parts: Parts, given: Shape) -> Shape:
    maps, height, width = given
    if maps % parts["by"] ** 2:
        raise ValueError(f"{maps} maps are no blocks of {parts['by']} x {parts['by']}")
    return maps // parts["by"] ** 2, height * parts["by"], width * parts["by"]


LAYER = Layer(
    modules=("torch.nn:PixelShuffle",),
    numbers={"by": count},
    settings=lambda module: {"by": module.upscale_factor},
    shape=_shape,
)
'''
JAVASCRIPT = """// Maps (c r^2, h, w) to pixels (c, h r, w r).
export function build({ by }, tensors, [maps, height, width]) {
  const shape = [maps / by ** 2, height * by, width * by];
  const output = new Float32Array(maps * height * width);
  const run = (values) => {
    for (let i = 0; i < values.length; i++) {
      const [map, y, x] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
      const [c, rest] = [Math.floor(map / by ** 2), map % by ** 2];
      output[(c * shape[1] + y * by + Math.floor(rest / by)) * shape[2] + x * by + (rest % by)] = values[i];
    }
    return output;
  };
  return { shape, run };
}
"""
DECODE = """import { createDecoder } from "./decoder.mjs";
let text = "";
for await (const part of process.stdin) text += part;
const { layers, tensors, codes } = JSON.parse(text);
const { shape, decode } = createDecoder(layers, tensors, codes[0].length);
console.log(JSON.stringify({ shape, images: codes.map((code) => Array.from(decode(code))) }));
"""
SHUFFLED = [{"type": "unflatten", "shape": [4, 4, 4]}, {"type": "pixel_shuffle", "by": 2}]


@pytest.fixture
def added(tmp_path, monkeypatch):
    """Both files in a folder of their own, where Python and the bundler look too."""
    (tmp_path / "pixel_shuffle.py").write_text(PYTHON)
    (tmp_path / "pixel_shuffle.js").write_text(JAVASCRIPT)
    monkeypatch.setattr(layers, "__path__", [*layers.__path__, str(tmp_path)])
    shipped = bundling.found
    monkeypatch.setattr(bundling, "found", lambda folder: [*shipped(folder), *shipped(tmp_path)])
    yield
    layers.find.cache_clear()
    sys.modules.pop("aecore.decoder.layers.pixel_shuffle", None)


def decoded_in_node(folder: Path, decoder: Decoder, codes: np.ndarray) -> np.ndarray:
    """What the bundled decoder draws of codes, (n, c, h, w)."""
    (folder / "decoder.mjs").write_text(bundling.bundle(LIB / "decoder" / "decoder.js"))
    (folder / "decode.mjs").write_text(DECODE)
    tensors = {
        name: {"shape": tensor.shape, "data": tensor.ravel().tolist()}
        for name, tensor in decoder.tensors.items()
    }
    sent = json.dumps({"layers": decoder.layers, "tensors": tensors, "codes": codes.tolist()})
    done = subprocess.run(
        [NODE, folder / "decode.mjs"], input=sent, capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    return np.array(found["images"]).reshape(len(codes), *found["shape"])


def shuffling() -> Toy:
    return Toy(*image(12, 3, 5), nn.PixelShuffle(2), nn.Conv2d(3, 3, 3, padding=1))


def test_an_added_layer_decodes_in_the_browser_as_in_pytorch(added, tmp_path):
    model, codes = shuffling(), codes_of(CODE)
    expected = in_torch(model, codes)
    assert expected.shape[1:] == (3, 6, 10)
    assert np.ptp(expected, axis=0).max() > 0.01
    found = decoded_in_node(tmp_path, export.decoder(model), codes)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


def test_the_shape_of_an_added_layer_is_the_one_that_pytorch_computes(added):
    model = shuffling()
    shapes = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    made = output_shapes(export.decoder_layers(model), shapes, CODE, 0)
    assert made[-1] == in_torch(model, codes_of(CODE)).shape[1:]
    with pytest.raises(ValueError, match="layer 1 of its decoder, pixel_shuffle, does not fit"):
        output_shapes([{"type": "pixel_shuffle", "by": 2}], {}, CODE, 0)


@pytest.fixture
def sent(tmp_path) -> bytes:
    """A run whose decoder has the layer, as a file."""
    run = finished()
    *before, _, output = run.about["layers"]
    about = run.about | {"layers": [*before, *SHUFFLED, output]}
    return archives.export(RunStore(tmp_path / "one").write(dataclasses.replace(run, about=about)))


def test_a_run_that_has_it_comes_in(added, sent, tmp_path):
    received = archives.import_file(sent, RunStore(tmp_path / "other"))
    assert [layer["type"] for layer in received.decoder.layers][-2:] == ["pixel_shuffle", "sigmoid"]


def test_without_its_file_such_a_run_stays_outside(sent, tmp_path):
    with pytest.raises(BadArchive, match="layer 5 of its decoder is of the type 'pixel_shuffle'"):
        archives.import_file(sent, RunStore(tmp_path / "other"))
