"""docs/metrics.md: whole, as its script writes it, and true to what the numbers are."""

import re

import pytest

from aecore.evaluation import directions
from aecore.metrics import GROUPS, WHITENED, catalog
from docs import metrics as page

SHOWN = [name for name, meaning in catalog().items() if not meaning.is_floor]


def test_the_page_is_what_its_script_writes():
    assert page.PAGE.read_text("utf-8") == page.text()


@pytest.mark.parametrize("name", [name for name in SHOWN if not name.endswith(WHITENED)])
def test_a_number_says_between_what_it_lies(name):
    assert catalog()[name].range


@pytest.mark.parametrize("name", SHOWN)
def test_a_number_stands_with_its_sentence_its_unit_its_direction_and_its_floors(name):
    meaning, stem = catalog()[name], name.removesuffix(WHITENED)
    section = page.text().partition(f"\n### {catalog()[stem].title}\n")[2].partition("\n## ")[0]
    section = section.partition("\n### ")[0]
    assert meaning.sentence in section
    assert f"`{name}`" in section
    assert f"Unit: {catalog()[stem].unit}" in section
    assert directions.WORDS[meaning.better] in section
    assert all(catalog()[floor].title in section for floor in meaning.floors)


def test_groups_stand_in_their_order():
    heads = re.findall(r"^## (.*)$", page.text(), re.MULTILINE)
    assert [head for head in heads if head.lower() in GROUPS] == [group.capitalize() for group in GROUPS]


def test_the_nulls_stand_with_their_deviation_over_draws():
    line = re.search(r"^\| Total variation, 200 cells \| (.*) \| – \| (.*) \|$", page.text(), re.MULTILINE)
    assert re.fullmatch(r"0\.056\d ± 0\.003", line[1])
    assert re.fullmatch(r"0\.22\d\d ± 0\.01\d?", line[2])


def test_the_rule_that_names_a_winner_stands_there_with_what_is_and_is_not_in_it():
    section = page.text().partition("\n## When a winner is named\n")[2].partition("\n## ")[0]
    for words in (
        "told apart",
        "Over seeds",
        "Over test images",
        "Not in it",
        "no winner is named",
    ):
        assert words in section


@pytest.mark.parametrize(
    "words", ["uniform 7 × 7 window", "binarised MNIST", "t-SNE shows neighbours", "**k** = 5"]
)
def test_the_cautions_are_there(words):
    assert words in page.text()
