"""Writes what was measured into a page, between the two marks of its section."""

import os
import platform
import re
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parent.parent
README, SPEED = ROOT / "README.md", ROOT / "docs" / "speed.md"


def markdown(rows: list[dict[str, str]]) -> str:
    """Rows as a table; the keys of the first are its head."""
    head = list(rows[0])
    lines = [head, ["---"] * len(head), *([row[name] for name in head] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine() -> str:
    """What the numbers were measured on."""
    described = Path("/proc/cpuinfo")
    models = re.findall(r"model name\s*: (.+)", described.read_text()) if described.is_file() else []
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    model = models[0] if models else platform.processor()
    return f"{model}, {os.cpu_count()} cores, {device}, torch {torch.__version__}"


def write(page: Path, section: str, text: str) -> None:
    """Replace what stands on a page between `<!-- SECTION -->` and `<!-- /SECTION -->`."""
    begin, end = f"<!-- {section} -->", f"<!-- /{section} -->"
    pattern = re.compile(f"{re.escape(begin)}.*{re.escape(end)}", re.DOTALL)
    written, count = pattern.subn(lambda _: f"{begin}\n{text}\n{end}", page.read_text("utf-8"))
    assert count == 1, f"{page} has {count} sections {section}"
    page.write_text(written, "utf-8")
