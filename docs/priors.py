"""Writes docs/priors.md: `make cards`. Everything in it is what the priors' files say."""

from pathlib import Path

from aecore.latent import priors

PAGE = Path(__file__).with_name("priors.md")
HEAD = """# Priors

Written by `make cards` from the files in `aecore/latent/priors/`; do not edit. Codes of a model without a
prior are held against N(0, I), and pages say so.
"""


def main() -> None:
    """Write the page."""
    PAGE.write_text(text(), "utf-8")
    print(PAGE.name)  # noqa: T201  what a script did


def text() -> str:
    """The page, in Markdown."""
    return "\n\n".join([HEAD.rstrip("\n"), *map(_section, priors.names())]) + "\n"


def _section(name: str) -> str:
    found = priors.find(name)
    title = found.title[:1].upper() + found.title[1:]
    exists = f"{found.latent_dim} latent dimensions" if found.latent_dim else "any latent dimension"
    overlay = "circles at 1, 2 and 3 of it" if priors.is_standard_normal(name) else "a cloud of samples"
    facts = [
        f"It exists in {exists}",
        f"each coordinate's standard deviation round 0 is {found.spread:.3g}",
        f"the latent plane draws {overlay}",
    ]
    return f"## {title}\n\n`{name}`\n\n```math\n{found.formula}\n```\n\n{'; '.join(facts)}."


if __name__ == "__main__":
    main()
