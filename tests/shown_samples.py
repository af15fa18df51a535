"""What the Generate page hands to its grid and its plane, read from a page under test."""

import json

import numpy as np
import safetensors.numpy
from streamlit.testing.v1 import AppTest


def shown_samples(app: AppTest) -> tuple[dict[str, np.ndarray], dict]:
    """Tensors and description of the grid."""
    return _unpacked(app, "sample_grid", "samples")


def shown_places(app: AppTest) -> tuple[dict[str, np.ndarray], dict]:
    """Tensors and description of the plane."""
    return _unpacked(app, "sample_plane", "places")


def captions(app: AppTest) -> str:
    """All lines under the samples."""
    return "\n".join(line for lines in shown_samples(app)[1]["captions"] for line in lines)


def _unpacked(app: AppTest, component: str, key: str) -> tuple[dict[str, np.ndarray], dict]:
    packed = next(
        one.proto.bytes for one in app.get("bidi_component") if component in one.proto.component_name
    )
    length = int.from_bytes(packed[:8], "little")
    about = json.loads(json.loads(packed[8 : 8 + length])["__metadata__"][key])
    return safetensors.numpy.load(packed), about
