"""Writes measured tables into the README, between the two marks of their section."""

import os
import platform
import re
from pathlib import Path

import torch

README = Path(__file__).resolve().parent.parent / "README.md"


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


def write(section: str, text: str) -> None:
    """Replace what stands between `<!-- SECTION -->` and `<!-- /SECTION -->`."""
    begin, end = f"<!-- {section} -->", f"<!-- /{section} -->"
    pattern = re.compile(f"{re.escape(begin)}.*{re.escape(end)}", re.DOTALL)
    written, count = pattern.subn(lambda _: f"{begin}\n{text}\n{end}", README.read_text("utf-8"))
    assert count == 1, f"{README} has {count} sections {section}"
    README.write_text(written, "utf-8")
