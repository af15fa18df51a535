"""Runs as one HTML file: their planes decode under the pointer without a server or a network.

The file holds the components of the dashboard as they are, and what they are given, packed and compressed. A
policy in its head allows nothing else: no address is asked for anything.
"""

import base64
import gzip
import hashlib
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from aecore.analysis import hole_map
from aecore.evaluation import collapse
from aecore.models import cards
from aecore.storage.run import StoredRun
from dashboard.components.latent_plane import FRONTEND, bundle, pack
from dashboard.components.latent_plane.sharing import pack_images, pack_marks
from dashboard.shared import run_plane
from dashboard.standalone import numbers

HERE = Path(__file__).parent
GROUP = "page"
NO_HOLES = '[data-overlay="holes"] { display: none; }'
"""Where no map of holes was computed."""


@dataclass(frozen=True)
class Part:
    """One component of a page.

    Attributes:
        entry: whose entry module it starts from; its HTML file is called so too.
        packed: what it is given.
        heading: what stands above it.
        told: HTML of what is to be known before it is looked at.
    """

    entry: str
    packed: bytes
    heading: str = ""
    told: str = ""


def page(runs: Sequence[StoredRun], title: str = "", text: str = "") -> str:
    """The plane of a run, or linked ones of several, with their numbers: a file that needs nothing else.

    Args:
        runs: one to six of one data set, with codes of at most 128 numbers.
        title: of the page; the data set's and the models' if not given. It is shown as text, whatever it is.
        text: a paragraph below it, likewise; of a single run what kind of model it is if not given.

    Returns:
        HTML.
    """
    maps = {run.run_id: hole_map.as_arrays(found) for run in runs if (found := hole_map.kept(run))}
    names = _names(runs)
    if len(runs) == 1:
        parts, styles = [_plane(runs[0])], ("plane", "full", "drawer")
    else:
        parts = [_conductor(runs[0]), *(_linked(run, names[run.run_id]) for run in runs)]
        styles = ("plane", "toolbar", "linked")
    if maps:
        parts.append(Part("annotations", pack_marks(GROUP, holes=maps)))
    text = text.strip()
    if not text and len(runs) == 1 and runs[0].config.is_trained:
        text = _bare(cards.card(runs[0].config.variant).summary)
    measured = [
        f"{f'<h2>{html.escape(names[run.run_id])}</h2>' * (len(runs) > 1)}{_told(run)}{numbers.table(run)}"
        for run in runs
    ]
    return _written(
        title.strip() or f"{runs[0].manifest['data_title']} · {', '.join(names.values())}",
        text,
        parts,
        [*(_frontend(f"{style}.css") for style in styles), *([] if maps else [NO_HOLES])],
        "".join(measured),
    )


def _names(runs: Sequence[StoredRun]) -> dict[str, str]:
    """What to call each, by run id: by its name or its model, and where several share that by its id too."""
    titles = [run.annotation.name or str(run.manifest["title"]) for run in runs]
    return {
        run.run_id: title if titles.count(title) == 1 else f"{title} · {run.run_id}"
        for run, title in zip(runs, titles, strict=True)
    }


def _packed(run: StoredRun) -> bytes:
    known = run_plane.values(run)
    colours = [*(["error"] if "errors" in run.arrays else []), *known]
    return pack(**run_plane.described(run), values=known, colours=colours, group=GROUP)


def _plane(run: StoredRun) -> Part:
    return Part("plane", _packed(run), told=_told(run))


def _linked(run: StoredRun, name: str) -> Part:
    return Part("linked", _packed(run), name, _told(run))


def _told(run: StoredRun) -> str:
    """Whether the code, or some of its dimensions, say nothing of the image, and whose its numbers are."""
    found = collapse.of_run(run.metrics, run.config.latent_dim)
    sentences = filter(None, [found.sentence if found.words else "", run.caveat])
    return "".join(f'<p class="told">{html.escape(sentence)}</p>' for sentence in sentences)


def _conductor(run: StoredRun) -> Part:
    """What linked planes share."""
    return Part("toolbar", pack_images(**run_plane.shared(run), group=GROUP))


def _written(title: str, text: str, parts: Sequence[Part], styles: Sequence[str], numbers: str) -> str:
    script = (HERE / "loader.js").read_text("utf-8")
    blocks = [
        _block(f"script-{entry}", bundle(entry).encode())
        for entry in dict.fromkeys(part.entry for part in parts)
    ]
    blocks += [_block(f"data-{k}", part.packed) for k, part in enumerate(parts)]
    return Template((HERE / "page.html").read_text("utf-8")).substitute(
        policy=_policy(script),
        title=_text(title),
        text=f"<p>{_text(text)}</p>" if text else "",
        style="\n".join([(HERE / "page.css").read_text("utf-8"), *styles]),
        places="\n".join(_place(k, part) for k, part in enumerate(parts)),
        numbers=numbers,
        blocks="\n".join(blocks),
        script=script,
    )


def _text(typed: str) -> str:
    """What somebody typed, as text that says nothing but itself: it turns no line round."""
    return html.escape("".join(sign if sign.isprintable() or sign == "\n" else "�" for sign in typed))


def _place(k: int, part: Part) -> str:
    heading = f"<h2>{html.escape(part.heading)}</h2>" if part.heading else ""
    own = _frontend(f"{part.entry}.html")
    return (
        f'<section class="place" data-part="{part.entry}">{heading}{part.told}'
        f'<div data-entry="{part.entry}" data-packed="data-{k}">{own}</div></section>'
    )


def _frontend(name: str) -> str:
    return (FRONTEND / name).read_text("utf-8")


def _block(name: str, content: bytes) -> str:
    """Bytes in a page, compressed; a browser runs nothing of it."""
    packed = base64.b64encode(gzip.compress(content, mtime=0)).decode()
    return f'<script type="application/octet-stream" id="{name}">{packed}</script>'


def _policy(script: str) -> str:
    """What the page may do: run the loader, and what that unpacks; ask nobody for anything."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    rules = {
        "default-src": "'none'",
        "script-src": f"'sha256-{digest}' 'wasm-unsafe-eval' blob:",
        "worker-src": "blob:",
        "style-src": "'unsafe-inline'",
        "img-src": "data: blob:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _bare(markdown: str) -> str:
    """A sentence of ours without its marks."""
    return re.sub(r"[*`$]|\[\[|\]\]", "", markdown)
