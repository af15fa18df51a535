"""Links that a stranger may send: sound ones, mutated; the same ones for the same seed."""

from collections.abc import Iterator

import numpy as np

SOUND = {
    "dataset": ["mnist", "digits"],
    "variant": ["vae", "ae"],
    "run": ["mnist-vae-z2-eab126f9af"],
    "runs": ["mnist-vae-z2-eab126f9af,mnist-ae-z2-df79db5a03"],
    "image": ["0", "17", "9999"],
    "to": ["3"],
    "z": ["0,0", "-1.25,3e-7", "1e6,-3.4e38", "0.5"],
    "view": ["0,0,1", "0.24,-0.25,6.5", "1e9,-1e9,40", "0,0,1e-9", "prior"],
    "axes": ["1,2", "2,1"],
    "hide": ["0", "1,2", "0,1,2"],
    "show": ["prior", "lattice,thumbnails", "holes"],
    "class": ["0", "2"],
    "colour": ["error", "kl", "right", "cluster-3", "cluster-99", "column-size"],
    "selected": ["3", "0-2,5", "worst-50", "near-2", "class-1"],
    "link": ["position", "scaled"],
    "at": ["mnist-vae-z2-eab126f9af"],
    "level": ["0.5"],
    "noise": ["square"],
    "temperature": ["0.7"],
    "count": ["40"],
    "set.hidden": ["256,128"],
}
# Whole numbers, small and large ones, and what only looks like one.
NUMBERS = [
    "0",
    "-0",
    "1",
    "-1",
    "+1",
    "1,5",
    "00000000001",
    "999999999",
    "1000000000",
    "1_000",
    "0x10",
    "0b1",
]
NUMBERS += [
    "1e-9",
    "9.9e-10",
    "3e-7",
    "1e-99",
    "5e-324",
    "1e-999",
    "1e9",
    "3e9",
    "1e15",
    "1e22",
    "1e39",
    "1e40",
]
NUMBERS += ["1e41", "1e308", "1e309", "-1e308", "9e999", "1e+06", "1e", "1e1e1", "1.", ".5", "١٢", "²"]
NUMBERS += ["nan", "inf", "-inf", "Infinity", "NaN"]
TEXTS = [
    "None",
    "null",
    "undefined",
    "True",
    "true",
    "[]",
    "{}",
    "../../etc/passwd",
    "%00",
    "%",
    "%ff",
    "+",
    "&",
]
TEXTS += [
    "=",
    "<img/src=x/onerror=alert(1)>",
    "javascript:alert(1)",
    "\\",
    "'",
    '"',
    "![](//host/p.png)",
    "🧭",
]
TEXTS += ["[a](b)", "$\\LaTeX$", ":red[x]", "constructor", "__proto__", "toString"]
TEXTS += ["", " ", ",", ",,", "\x00", "\ufffd", "\u202e", "\u200b", "\n", "\t", "é" * 50, "-" * 70]
TEXTS += ["a" * 5000, "0," * 3000, "9" * 400, "1e9," * 200]


def links(count: int, seed: int = 0) -> Iterator[dict[str, str]]:
    """So many links, each as its parameters by name."""
    random = np.random.default_rng(seed)
    for _ in range(count):
        names = random.choice(list(SOUND), size=random.integers(1, 6), replace=False)
        yield {str(name): mutated(str(random.choice(SOUND[name])), random) for name in names}


def mutated(text: str, random: np.random.Generator) -> str:
    """A text changed in one to three places, or not at all."""
    for _ in range(random.integers(0, 4)):
        words = text.split(",")
        at = int(random.integers(len(words)))
        kind = random.integers(6)
        if kind == 0:
            words[at] = str(random.choice(NUMBERS))
        elif kind == 1:
            words[at] = TEXTS[random.integers(len(TEXTS))]
        elif kind == 2:
            words.insert(at, words[at])
        elif kind == 3:
            del words[at]
        elif kind == 4:
            cut = int(random.integers(len(words[at]) + 1))
            words[at] = words[at][:cut] + chr(int(random.integers(0xD7FF))) + words[at][cut:]
        else:
            words[at] = (
                f"{random.choice([-1, 1]) * 10.0 ** random.uniform(-330, 308):.{random.integers(17)}g}"
            )
        text = ",".join(words)
    return text
