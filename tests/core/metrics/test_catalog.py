"""The catalog: what every number says of itself."""

import pytest

from aecore.metrics import GROUPS, catalog
from aecore.models import variants


def test_every_floor_that_is_named_has_a_meaning():
    named = {floor for meaning in catalog().values() for floor in meaning.floors}
    assert named <= set(catalog())


def test_a_number_and_its_floor_have_one_unit():
    for meaning in catalog().values():
        assert {catalog()[floor].unit for floor in meaning.floors} <= {meaning.unit}


def test_every_meaning_has_a_title_and_a_sentence():
    for meaning in catalog().values():
        assert meaning.title
        assert meaning.sentence.endswith(".")


def test_a_number_stands_in_a_group_unless_it_is_a_floor_of_another():
    floors_of_others = {floor for meaning in catalog().values() for floor in meaning.floors}
    floors_of_others |= {f"{floor}_sd" for floor in floors_of_others if floor.endswith("_null")}
    assert {name for name, meaning in catalog().items() if meaning.is_floor} == floors_of_others


def test_the_numbers_of_a_group_stand_together_in_the_order_of_the_groups():
    listed = [meaning.group for meaning in catalog().values() if not meaning.is_floor]
    assert listed == sorted(listed, key=GROUPS.index)
    assert set(listed) == set(GROUPS)


def test_numbers_have_titles_of_their_own():
    titles = [meaning.title for meaning in catalog().values() if not meaning.is_floor]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("variant", variants.names())
def test_every_number_a_run_stores_has_a_meaning_and_its_floors(finished_run, variant):
    stored = finished_run(variant).metrics
    assert set(stored) <= set(catalog())
    needed = {floor for name in stored for floor in catalog()[name].floors}
    is_conditional = variants.module(variant).Variant.is_conditional
    assert needed - set(stored) == (set() if is_conditional else {"class_mean_mse"})
