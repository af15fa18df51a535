"""The networks of a run as a picture: one row per layer, its width drawn, in HTML that any theme fits.

It is a table, so a screen reader reads what the bars show: what each layer is, gives and weighs.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

Networks = Mapping[str, Sequence[Mapping[str, Any]]]

STYLE = """
.layers { width: 100%; max-width: 520px; border-collapse: collapse; font-size: 14px; line-height: 20px;
  font-variant-numeric: tabular-nums; }
.layers caption { text-align: left; padding: 0 0 8px; opacity: 0.7; }
.layers th, .layers td { padding: 2px 0; border: 0; text-align: left; font-weight: 400; }
.layers tbody tr:first-child > * { padding-top: 12px; }
.layers th[scope=rowgroup] { font-weight: 600; }
.layers thead th { opacity: 0.7; font-size: 12px; }
.layers .shape { width: 46%; padding: 2px 12px; text-align: center; }
.layers .count { width: 1%; white-space: nowrap; text-align: right; }
.layers .bar { position: relative; height: 20px; margin: 0 auto; }
.layers .bar::before { content: ""; position: absolute; inset: 0; border-radius: 4px;
  background: currentColor; opacity: 0.16; }
.layers .bar > span { position: absolute; inset: 0 -60px; font-size: 12px; text-align: center; }
.layers .code td, .layers .code th { font-weight: 600; }
.layers .code .bar::before { background: #E69F00; opacity: 0.6; }
"""


@dataclass(frozen=True)
class Row:
    """One row of a network: a layer and the activations that follow it.

    Attributes:
        layer: names of the layers, joined.
        output: the shape it gives, such as "32 × 7 × 7"; empty where it is not known.
        size: how many numbers that is; 0 where it is not known.
        parameters: how many parameters it has.
    """

    layer: str
    output: str
    size: int
    parameters: int


def rows(layers: Sequence[Mapping[str, Any]]) -> list[Row]:
    """The layers of a network, those without parameters joined to the one they follow.

    A layer without parameters that changes how many numbers there are (pooling, upsampling) stands
    in a row of its own.

    Args:
        layers: records of `aecore.models.summary.networks`.

    Returns:
        The rows in order.
    """
    found: list[Row] = []
    for layer in layers:
        shape = layer.get("output")
        row = Row(
            layer["layer"],
            " × ".join(map(str, shape)) if shape else "",
            math.prod(shape) if shape else 0,
            layer["parameters"],
        )
        is_joined = found and not row.parameters and (row.size == found[-1].size or not row.size)
        if is_joined:
            name = f"{found[-1].layer}, {row.layer}"
            found[-1] = Row(name, row.output or found[-1].output, found[-1].size, found[-1].parameters)
        else:
            found.append(row)
    return found


def layer_diagram(networks: Networks, image_shape: Sequence[int], latent_dim: int) -> str:
    """The networks as an HTML table whose middle column draws every width, on a logarithmic scale.

    Args:
        networks: layer records by network, from `aecore.models.summary.networks`.
        image_shape: (h, w, c).
        latent_dim: numbers in a latent code.

    Returns:
        HTML with its own style; colours follow the page's text.
    """
    height, width, channels = image_shape
    image = Row("image", f"{channels} × {height} × {width}", height * width * channels, 0)
    code = Row("latent code", str(latent_dim), latent_dim, 0)
    parts = [(name, rows(layers)) for name, layers in networks.items()]
    sizes = [row.size for _, found in parts for row in found]
    widest = max([image.size, latent_dim, *sizes])
    ordered = sorted(parts, key=lambda part: {"encoder": 0, "decoder": 1}.get(part[0], 2))
    body = []
    for name, found in ordered:
        count = sum(row.parameters for row in found)
        body.append(f'<tbody><tr><th scope="rowgroup" colspan="2">{_heading(name)}</th>')
        body.append(f'<td class="count">{count:,}</td></tr>')
        first = {"encoder": [image], "decoder": [code]}.get(name, [])
        is_image_again = first == [image] and not found[0].parameters and found[0].size == image.size
        shown = [*first, *(found[1:] if is_image_again else found)]
        body += [_line(row, widest, is_code=row is code) for row in shown]
        body.append("</tbody>")
    total = sum(layer["parameters"] for layers in networks.values() for layer in layers)
    shown = f"{image.size:,} {'pixels' if channels == 1 else 'values'}"
    numbers = f"{latent_dim:,} number{'s' * (latent_dim != 1)}"
    caption = f"{shown} → {numbers} → {shown}, {total:,} parameters in all."
    head = (
        '<thead><tr><th scope="col">layer</th><th scope="col" class="shape">gives</th>'
        '<th scope="col" class="count">parameters</th></tr></thead>'
    )
    return (
        f'<style>{STYLE}</style><table class="layers"><caption>{caption}</caption>{head}'
        f"{''.join(body)}</table>"
    )


def _heading(name: str) -> str:
    return escape(name.replace("_", " ").capitalize())


def _line(row: Row, widest: int, is_code: bool) -> str:
    share = 100 * math.log1p(row.size) / math.log1p(widest)
    bar = f'<div class="bar" style="width: {share:.0f}%"><span>{row.output}</span></div>' if row.size else ""
    count = f"{row.parameters:,}" if row.parameters else ""
    kind = ' class="code"' if is_code else ""
    return (
        f'<tr{kind}><th scope="row">{escape(row.layer)}</th><td class="shape">{bar}</td>'
        f'<td class="count">{count}</td></tr>'
    )
