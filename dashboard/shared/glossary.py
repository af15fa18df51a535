"""The terms of the field, each in one line, and sentences in which the first mention of each explains it."""

import html
import re

import streamlit as st

TERMS = {
    "autoencoder": "Two networks: one squeezes an image into a few numbers, the other draws it from them.",
    "code": "The few numbers that the encoder makes of an image: a dot on the plane.",
    "latent space": "The space of all codes; the plane is a map of it.",
    "encoder": "The network that turns an image into a code.",
    "decoder": "The network that draws an image from a code.",
    "reconstruction": "What the decoder draws from the code of an image: the nearer to it, the better.",
    "prior": "Where new codes are drawn from: most often N(0, I), a bell curve around 0 in every dimension.",
    "posterior": "q(z|x): where a VAE says that the code of one image may lie: a mean and a spread.",
    "nats": "Units of information, as bits are, but with the natural logarithm: 1 nat is 1.44 bits.",
    "KL": "Kullback-Leibler divergence: how far one distribution is from another; 0 for equal ones.",
}
FORMS = {"nat": "nats"} | {
    f"{term}s": term
    for term in ("autoencoder", "code", "encoder", "decoder", "reconstruction", "prior", "posterior")
}
"""Other forms of a term, and the term."""

_KEPT = r"`[^`]*`|\$\$?[^$]*\$\$?|\[[^\]]*\]\([^)]*\)|<[^>]*>|:[\w/-]+:|\[\[\w+\]\]"
"""Code, formulas, links, addresses, icons: what is no sentence."""
_WORDS = "|".join(sorted(map(re.escape, TERMS | FORMS), key=len, reverse=True))
_FOUND = re.compile(rf"({_KEPT})|(?<![\w-])({_WORDS})(?![\w-])", re.IGNORECASE)


def mark_terms(markdown: str) -> str:
    """A text whose first mention of each term says what it means.

    Args:
        markdown: of ours; what people wrote must have gone through `as_text`, since HTML is read in it.

    Returns:
        Markdown with HTML in it.
    """
    seen = set()

    def marked(found: re.Match[str]) -> str:
        word = found[2]
        if word is None:
            return found[0]
        term = _term(word)
        if term is None or term in seen:
            return found[0]
        seen.add(term)
        meaning = f'<span class="meaning">{html.escape(TERMS[term])}</span>'
        return f'<span class="term" tabindex="0">{word}{meaning}</span>'

    return _FOUND.sub(marked, markdown)


def _term(word: str) -> str | None:
    """The term that a word is a form of; abbreviations only as they are written."""
    if word in TERMS | FORMS:
        return FORMS.get(word, word)
    lower = word.lower()
    return FORMS.get(lower, lower) if lower in TERMS | FORMS else None


def show(markdown: str) -> None:
    """A text in which terms are explained; see `mark_terms`."""
    st.markdown(mark_terms(markdown), unsafe_allow_html=True)


def show_caption(markdown: str) -> None:
    """A caption in which terms are explained; see `mark_terms`."""
    st.caption(mark_terms(markdown), unsafe_allow_html=True)
