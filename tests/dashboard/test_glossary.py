"""Terms in sentences: each explained once, and nothing else of the text changed."""

import re

import pytest

from dashboard.shared.glossary import FORMS, TERMS, mark_terms
from dashboard.shared.plain_text import as_text
from tests.glossary_marks import MARK, unmarked


def terms_of(markdown: str) -> dict[str, str]:
    return dict(MARK.findall(mark_terms(markdown)))


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("The encoder makes a code.", ["encoder", "code"]),
        ("Codes fill the latent space; a code does too.", ["Codes", "latent space"]),
        ("A KL of 3 nats", ["KL", "nats"]),
        ("Autoencoders, and an autoencoder", ["Autoencoders"]),
        ("Encode it, decoded by two-code words and encoders' friends", ["encoders"]),
        ("a barcode and kl are none", []),
        ("`code` of [a code](https://code) $code$ :material/code: <https://a/code>", []),
    ],
)
def test_the_first_mention_of_each_term_is_explained(sentence, found):
    assert list(terms_of(sentence)) == found


@pytest.mark.parametrize("term", [*TERMS, *FORMS])
def test_every_term_and_form_is_found_and_says_its_meaning(term):
    assert terms_of(f"A {term}.") == {term: TERMS[FORMS.get(term, term)].replace("'", "&#x27;")}


def test_without_its_marks_the_text_is_as_it_was():
    text = "The **prior**, of [[mse]] and *codes*:\n\n- a decoder\n"
    assert unmarked(mark_terms(text)) == text


def test_what_people_wrote_stays_text():
    assert "<script>" not in re.sub(r"\\<", "", mark_terms(as_text("<script>code</script>")))


@pytest.mark.parametrize("meaning", TERMS.values())
def test_a_meaning_is_one_line(meaning):
    assert len(meaning) <= 100
    assert meaning.endswith(".")
