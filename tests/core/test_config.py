"""RunConfig: equal configs have equal names, different ones do not, and wrong ones are refused."""

import dataclasses
import json
import math
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aecore import datasets
from aecore.config import RunConfig, allowed, check_record, option
from aecore.errors import BadValue, UnknownName
from aecore.models import variants
from tests.conftest import is_trained

every_variant = pytest.mark.parametrize("variant", variants.names())


@dataclass(frozen=True, kw_only=True)
class Record:
    """One option of every kind."""

    switch: bool = option(False, "a switch")
    word: str = option("one", "a word", choices=("one", "two"))
    widths: tuple[int, ...] = option((8, 4), "a list", minimum=1, maximum=99)
    count: int = option(3, "a whole number", minimum=0, maximum=10)
    share: float = option(0.5, "a number", minimum=0.0, maximum=1.0)

    def __post_init__(self) -> None:
        """Check every value."""
        check_record(self)


def plain(**changes) -> RunConfig:
    values = {"variant": "ae", "dataset": "digits", "options": {"hidden": (8,), "loss": "mse"}}
    return RunConfig(**values | changes)


def budget(variant: str, dataset: str) -> int:
    """How many epochs a variant is given on a data set where none are asked for."""
    module = variants.module(variant)
    share = getattr(module, "EPOCH_SCALE", 1.0)
    return round(share * datasets.record(dataset).epochs) if is_trained(variant) else 1


# Equal configs, equal names


@every_variant
def test_defaults_are_filled_in_before_hashing(variant):
    record, epochs = variants.options(variant), budget(variant, "digits")
    own = {field.name: field.default for field in dataclasses.fields(RunConfig) if "help" in field.metadata}
    spelt_out = own | {"epochs": epochs} | dataclasses.asdict(record)
    assert variants.configure(variant, "digits", **spelt_out) == variants.configure(variant, "digits")


@every_variant
def test_spelling_a_default_out_does_not_change_the_name(variant):
    short = variants.configure(variant, "digits")
    long = variants.configure(variant, "digits", **dataclasses.asdict(variants.options(variant)))
    assert short.run_id == long.run_id


@every_variant
def test_every_option_stands_in_the_config(variant):
    fields = {field.name for field in dataclasses.fields(variants.options(variant))}
    assert set(variants.configure(variant, "digits").options) == fields


@pytest.mark.parametrize("dataset", datasets.names())
def test_the_epochs_are_those_that_suit_the_data_set(dataset):
    assert variants.configure("ae", dataset).epochs == datasets.record(dataset).epochs


@every_variant
def test_a_variant_whose_epochs_are_slow_has_a_share_of_the_usual_ones(variant):
    share = getattr(variants.module(variant), "EPOCH_SCALE", 1.0)
    assert 0 < share <= 1
    assert variants.configure(variant, "mnist").epochs == budget(variant, "mnist")


def test_a_quarter_of_the_budget_is_a_quarter_of_the_epochs():
    assert 4 * variants.configure("lstm", "digits").epochs == variants.configure("ae", "digits").epochs


def test_the_epochs_can_be_given_all_the_same():
    assert variants.configure("ae", "digits", epochs=3).epochs == 3


def test_a_whole_number_given_for_a_number_is_the_same_config():
    assert plain(learning_rate=1).run_id == plain(learning_rate=1.0).run_id


def test_a_whole_number_given_for_a_variants_number_is_the_same_config():
    whole, broken = (variants.configure("vae", "digits", beta=beta) for beta in (4, 4.0))
    assert whole.run_id == broken.run_id


def test_a_list_given_for_a_tuple_is_the_same_config():
    short, long = (variants.configure("ae", "digits", hidden=hidden) for hidden in ([8, 4], (8, 4)))
    assert short.run_id == long.run_id


def test_the_order_of_options_does_not_matter():
    options = {"hidden": (8,), "loss": "mse"}
    assert plain(options=options).run_id == plain(options=dict(reversed(options.items()))).run_id


def test_minus_zero_is_zero():
    assert variants.configure("vae", "digits", beta=-0.0).run_id == (
        variants.configure("vae", "digits", beta=0.0).run_id
    )


def test_equal_configs_have_equal_hashes():
    assert len({plain(), plain(), plain(seed=1)}) == 2


CHANGES = {
    "variant": "vae",
    "dataset": "mnist",
    "options": {"hidden": (8,), "loss": "bce"},
    "latent_dim": 3,
    "epochs": 7,
    "batch_size": 64,
    "learning_rate": 1e-3,
    "seed": 1,
    "stop_after": 1,
}


def test_the_list_of_changes_below_covers_every_field():
    assert set(CHANGES) == {field.name for field in dataclasses.fields(RunConfig)}


@pytest.mark.parametrize("field", CHANGES)
def test_any_value_that_differs_changes_the_id(field):
    assert plain(**{field: CHANGES[field]}).run_id != plain().run_id


@every_variant
def test_any_option_that_differs_changes_the_id(variant):
    base = {"loss": "mae"} if variant == "ae" else {}  # bce goes with one output alone
    ids = {variants.configure(variant, "digits", **base).run_id}
    fields = dataclasses.fields(variants.module(variant).Options)
    for field in fields:
        ids.add(variants.configure(variant, "digits", **base | {field.name: other(field)}).run_id)
    assert len(ids) == len(fields) + 1


def other(field: dataclasses.Field):
    """Another value that a setting may have."""
    rule = field.metadata
    if rule["choices"]:
        return next(choice for choice in rule["choices"] if choice != field.default)
    if isinstance(field.default, tuple):
        return (3,)
    if isinstance(field.default, bool):
        return not field.default
    if isinstance(field.default, int):
        return field.default + 1 if field.default < rule["maximum"] else field.default - 1
    return field.default / 2 or rule["minimum"] + 0.1 * (rule["maximum"] - rule["minimum"])


# Names


def test_a_name_is_data_set_variant_and_latent_dimension():
    assert plain(latent_dim=16).name == "digits-ae-z16"


def test_an_id_is_the_name_and_ten_hexadecimal_digits():
    name, _, digits = plain().run_id.rpartition("-")
    assert name == "digits-ae-z2"
    assert len(digits) == 10
    assert set(digits) <= set("0123456789abcdef")


def test_an_id_never_changes_from_one_version_to_the_next():
    # The one recorded value: it is the folder's name of every run ever stored.
    settings = {"latent_dim": 3, "epochs": 7, "batch_size": 64, "learning_rate": 1e-3, "seed": 1}
    assert plain(**settings).run_id == "digits-ae-z3-80ffb159e5"


@pytest.mark.parametrize("field", ["variant", "dataset"])
@pytest.mark.parametrize("name", ["../x", "", "A", "a/b", "a-b", "1a", "a" * 41, "a\n", 3, None, ["a"]])
def test_a_name_that_could_not_be_a_folder_is_refused(field, name):
    with pytest.raises(BadValue, match="lower-case letters, digits and _"):
        plain(**{field: name})


# JSON


@every_variant
def test_a_config_comes_back_from_its_json(variant):
    config = variants.configure(variant, "digits", latent_dim=5, seed=3)
    assert RunConfig.from_json(json.loads(json.dumps(config.to_json()))) == config


settings = st.fixed_dictionaries(
    {},
    optional={
        "latent_dim": st.integers(1, 1024),
        "epochs": st.integers(1, 100_000),
        "batch_size": st.integers(1, 65_536),
        "learning_rate": st.floats(1e-8, 10),
        "seed": st.integers(0, 2**31 - 1),
        "beta": st.floats(0, 1000),
        "hidden": st.lists(st.integers(1, 8192), max_size=4),
        "likelihood": st.sampled_from(["bernoulli", "gaussian"]),
    },
)


@given(settings)
def test_any_config_comes_back_from_its_json_under_its_own_id(chosen):
    config = variants.configure("vae", "digits", **chosen)
    assert RunConfig.from_json(json.loads(json.dumps(config.to_json()))).run_id == config.run_id


@given(settings, settings)
def test_configs_are_equal_exactly_where_their_ids_are(one, other):
    one, other = (variants.configure("vae", "digits", **chosen) for chosen in (one, other))
    assert (one == other) == (one.run_id == other.run_id)


def test_json_with_an_entry_of_a_later_version_is_refused():
    with pytest.raises(UnknownName, match=r"^There is no setting called 'colour'\. Known: batch_size, "):
        RunConfig.from_json(plain().to_json() | {"colour": 1})


# What is refused


def test_an_unknown_variant_is_refused_with_the_known_ones():
    known = ", ".join(variants.names())
    with pytest.raises(UnknownName, match=rf"^There is no variant called 'gan'\. Known: {known}\.$"):
        variants.configure("gan", "digits")


def test_an_unknown_data_set_is_refused_with_the_known_ones():
    known = ", ".join(datasets.names())
    with pytest.raises(UnknownName, match=rf"^There is no data set called 'cats'\. Known: {known}\.$"):
        variants.configure("ae", "cats")


def test_a_misspelt_setting_is_refused_with_fields_and_options():
    options = {field.name for field in dataclasses.fields(variants.options("vae"))}
    known = options | {"latent_dim", "epochs", "batch_size", "learning_rate", "seed", "stop_after"}
    with pytest.raises(UnknownName) as caught:
        variants.configure("vae", "digits", betta=4)
    assert str(caught.value) == (
        "There is no setting of vae called 'betta'. Known: " + ", ".join(sorted(known)) + "."
    )


def test_an_option_of_another_variant_is_refused():
    with pytest.raises(UnknownName, match="There is no setting of ae called 'beta'"):
        variants.configure("ae", "digits", beta=4)


def test_an_unknown_option_is_refused_with_the_variants_own():
    with pytest.raises(
        UnknownName, match=r"^There is no option of ae called 'x'\. Known: code_activation, hidden, "
    ):
        variants.options("ae", x=1)


def test_a_value_outside_its_range_is_refused_with_the_range():
    with pytest.raises(BadValue) as caught:
        plain(latent_dim=0)
    assert str(caught.value) == "latent_dim cannot be 0: it must be a whole number from 1 to 1024."


def test_a_word_that_is_none_of_the_choices_is_refused_with_the_choices():
    with pytest.raises(BadValue) as caught:
        Record(word="three")
    assert str(caught.value) == "word cannot be 'three': it must be one of one, two."


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"switch": 1}, "switch cannot be 1: it must be true or false."),
        ({"switch": None}, "switch cannot be None: it must be true or false."),
        ({"word": 1}, "word cannot be 1: it must be one of one, two."),
        ({"widths": 8}, "widths cannot be 8: it must be a list of whole numbers, such as [8, 4]."),
        ({"widths": "8"}, "widths cannot be '8': it must be a list of whole numbers, such as [8, 4]."),
        ({"widths": [8, 0]}, "widths cannot be 0: it must be a whole number from 1 to 99."),
        ({"widths": [2.0]}, "widths cannot be 2.0: it must be a whole number from 1 to 99."),
        ({"count": 2.0}, "count cannot be 2.0: it must be a whole number from 0 to 10."),
        ({"count": "2"}, "count cannot be '2': it must be a whole number from 0 to 10."),
        ({"count": True}, "count cannot be True: it must be a whole number from 0 to 10."),
        ({"count": 11}, "count cannot be 11: it must be a whole number from 0 to 10."),
        ({"share": True}, "share cannot be True: it must be a number from 0 to 1."),
        ({"share": "0.5"}, "share cannot be '0.5': it must be a number from 0 to 1."),
        ({"share": None}, "share cannot be None: it must be a number from 0 to 1."),
        ({"share": math.nan}, "share cannot be nan: it must be a number from 0 to 1."),
        ({"share": math.inf}, "share cannot be inf: it must be a number from 0 to 1."),
        ({"share": -0.1}, "share cannot be -0.1: it must be a number from 0 to 1."),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_in_one_sentence(values, sentence):
    with pytest.raises(BadValue) as caught:
        Record(**values)
    assert str(caught.value) == sentence


@pytest.mark.parametrize("name", ["learning_rate", "epochs"])
def test_a_number_too_large_for_a_float_is_refused_like_any_other(name):
    with pytest.raises(BadValue, match=f"^{name} cannot be 1000"):
        plain(**{name: 10**400})


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e-9, 10.5, 0, -1])
def test_a_learning_rate_outside_its_range_is_refused(value):
    with pytest.raises(BadValue, match="learning_rate"):
        plain(learning_rate=value)


@pytest.mark.parametrize("name", ["latent_dim", "epochs", "batch_size", "seed", "learning_rate"])
def test_both_ends_of_a_range_are_allowed(name):
    rule = {field.name: field.metadata for field in dataclasses.fields(RunConfig)}[name]
    for end in (rule["minimum"], rule["maximum"]):
        assert getattr(plain(**{name: end}), name) == end


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("switch", "true or false"),
        ("word", "one, two"),
        ("widths", "list of numbers 1 to 99"),
        ("count", "0 to 10"),
        ("share", "0 to 1"),
    ],
)
def test_what_a_setting_may_be_is_said_in_words(name, words):
    (field,) = [field for field in dataclasses.fields(Record) if field.name == name]
    assert allowed(field) == words


def test_a_list_becomes_the_tuple_that_it_stands_for():
    assert Record(widths=[8, 4]).widths == (8, 4)


@every_variant
def test_every_option_has_a_help_line_and_a_default_that_its_own_check_accepts(variant):
    assert all(field.metadata["help"] for field in dataclasses.fields(variants.options(variant)))


@pytest.mark.parametrize(
    ("variant", "settings", "sentence"),
    [
        ("ae", {"output": "relu"}, "output cannot be 'relu': it must be sigmoid where the loss is bce."),
        (
            "denoising",
            {"lowest_level": 0.8},
            "lowest_level cannot be 0.8: it must be at most highest_level, 0.7.",
        ),
        (
            "conv_denoising",
            {"lowest_level": 0.3, "highest_level": 0.2},
            "lowest_level cannot be 0.3: it must be at most highest_level, 0.2.",
        ),
        (
            "stacked",
            {"pretraining": 0.7, "unsupervised": 0.4},
            "unsupervised cannot be 0.4: it must be at most 0.3, what pretraining leaves.",
        ),
    ],
)
def test_options_that_do_not_go_together_are_refused_in_one_sentence(variant, settings, sentence):
    with pytest.raises(BadValue) as caught:
        variants.configure(variant, "digits", **settings)
    assert str(caught.value) == sentence


# Frozen


def test_a_config_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        plain().seed = 1


def test_the_options_of_a_config_cannot_be_changed():
    with pytest.raises(TypeError):
        plain().options["loss"] = "bce"


def test_changing_the_dict_a_config_was_made_from_does_not_change_the_config():
    options = {"hidden": (8,), "loss": "mse"}
    config = plain(options=options)
    options["loss"] = "bce"
    assert config.options["loss"] == "mse"


def test_the_fields_of_a_config_must_be_named():
    with pytest.raises(TypeError):
        RunConfig("ae", "digits", {})


@every_variant
def test_the_options_of_a_variant_are_frozen_and_must_be_named(variant):
    record = variants.module(variant).Options
    assert record.__dataclass_params__.frozen
    assert all(field.kw_only for field in dataclasses.fields(record))


# Stopped early


def test_a_config_that_is_not_stopped_is_called_what_it_was_called_before_it_could_be():
    assert "stop_after" not in plain().to_json()
    assert plain(stop_after=0).run_id == plain().run_id


def test_a_stopped_config_survives_the_way_to_json_and_back():
    stopped = plain(epochs=5, stop_after=3)
    assert RunConfig.from_json(stopped.to_json()) == stopped
    assert (stopped.epochs_to_do, plain(epochs=5).epochs_to_do) == (3, 5)


@pytest.mark.parametrize("stop_after", [5, 6])
def test_a_training_is_stopped_before_its_last_epoch_or_not_at_all(stop_after):
    with pytest.raises(
        BadValue, match=f"stop_after cannot be {stop_after}: it must be less than the 5 epochs"
    ):
        plain(epochs=5, stop_after=stop_after)
