"""RunConfig: what a run is made from. Frozen, checked when made, hashed to the run's name."""

import dataclasses
import hashlib
import json
import math
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from aecore.errors import BadValue, UnknownName

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
WORD = re.compile(r"[A-Za-z0-9_.+-]{0,60}")
"""A value of an option that is text."""
ADOPTED, CODES = "adopted", "codes"
UNTRAINED = (ADOPTED, CODES)
"""What stands for the variant in the config of a run that was not trained here: of a model that somebody
brought, described by its layers, and of codes without any. Nothing that is trained is called so."""
LONGEST_TEXT = 200
MARKUP = set("<>[]`\\")
"""Signs that a page could take for a link, a picture or code."""
PLAIN = f"a line of at most {LONGEST_TEXT} letters that can be printed, without < > [ ] ` and \\"
"""What `is_text` asks for, in the words of an error."""
MOST_OPTIONS, MOST_IN_LIST = 64, 64
"""Of a config from outside as of one that is typed: options in all, numbers of one."""


def is_text(value: object) -> bool:
    """Whether it is a short line of text that says nothing but itself: a title, the name of a class."""
    return (
        isinstance(value, str)
        and len(value) <= LONGEST_TEXT
        and value.isprintable()
        and not MARKUP & set(value)
    )


def option(
    default: Any,
    help: str,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    choices: tuple[str, ...] | None = None,
    sized: Callable[[Sequence[int]], Any] | None = None,
) -> Any:
    """Declare one setting of a frozen record, with its range and its one-line help.

    Args:
        default: the value when none is given; its type is the setting's type.
        help: one line for the command line and for forms.
        minimum: smallest number allowed, included.
        maximum: largest number allowed, included.
        choices: the words allowed, for a setting that is text.
        sized: gives the default for images of a shape, (h, w, c), where that depends on it.

    Returns:
        A dataclass field that `check_record` knows how to check.
    """
    metadata = {"help": help, "minimum": minimum, "maximum": maximum, "choices": choices, "sized": sized}
    return dataclasses.field(default=default, metadata=metadata)


def check_record(record: Any) -> None:
    """Check every declared setting of a frozen record, and bring it to its type.

    Args:
        record: an instance of a frozen dataclass whose fields were made by `option`.

    Raises:
        BadValue: if a value has the wrong type or lies outside its range.
    """
    for field in dataclasses.fields(record):
        if "help" in field.metadata:
            value = _checked(field, getattr(record, field.name))
            object.__setattr__(record, field.name, value)


def allowed(field: dataclasses.Field[Any]) -> str:
    """What a setting made by `option` may be, in words."""
    rule = field.metadata
    if rule["choices"]:
        return ", ".join(rule["choices"])
    if isinstance(field.default, bool):
        return "true or false"
    low, high = (f"{bound:.12g}" for bound in (rule["minimum"], rule["maximum"]))
    return f"{'list of numbers ' if isinstance(field.default, tuple) else ''}{low} to {high}"


def _checked(field: dataclasses.Field[Any], value: Any) -> Any:
    default, rule = field.default, field.metadata
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise BadValue(field.name, value, "true or false")
    elif isinstance(default, str):
        if value not in rule["choices"]:
            raise BadValue(field.name, value, "one of " + ", ".join(rule["choices"]))
    elif isinstance(default, tuple):
        if not isinstance(value, list | tuple):
            raise BadValue(field.name, value, f"a list of whole numbers, such as {list(default)}")
        if len(value) > MOST_IN_LIST:
            raise BadValue(field.name, value, f"a list of at most {MOST_IN_LIST} whole numbers")
        return tuple(_number(field.name, item, int, rule) for item in value)
    else:
        return _number(field.name, value, type(default), rule)
    return value


def _number(name: str, value: Any, kind: type, rule: Mapping[str, Any]) -> Any:
    low = -math.inf if rule["minimum"] is None else rule["minimum"]
    high = math.inf if rule["maximum"] is None else rule["maximum"]
    accepted = int if kind is int else int | float
    is_number = isinstance(value, accepted) and not isinstance(value, bool)
    largest = sys.float_info.max  # compared, not converted: float() of a huge integer overflows
    if not (is_number and low <= value <= high and -largest <= value <= largest):
        noun = "a whole number" if kind is int else "a number"
        raise BadValue(name, value, f"{noun} from {low:.12g} to {high:.12g}")
    return kind(value) + 0  # -0.0 is 0.0, and equal configs have equal names


def _checked_options(options: Any) -> dict[str, Any]:
    """Options by plain names, sorted, each a value that an option can have; lists as tuples."""
    if not isinstance(options, Mapping) or len(options) > MOST_OPTIONS:
        raise BadValue("options", options, f"at most {MOST_OPTIONS} values by name")
    for name, value in options.items():
        if not (isinstance(name, str) and NAME.fullmatch(name)):
            raise BadValue("the name of an option", name, "lower-case letters, digits and _")
        items = value if isinstance(value, list | tuple) else [value]
        if len(items) > MOST_IN_LIST or not all(map(_is_plain, items)):
            allowed = f"a number, true, false, a word, or a list of at most {MOST_IN_LIST} numbers"
            raise BadValue(name, value, allowed)
        if isinstance(value, list | tuple) and any(isinstance(item, str | bool) for item in value):
            raise BadValue(name, value, "a list of numbers")
    return {k: tuple(v) if isinstance(v := options[k], list) else v for k in sorted(options)}


def _is_plain(value: object) -> bool:
    """Whether it is a boolean, a finite number or a short word."""
    if isinstance(value, str):
        return bool(WORD.fullmatch(value))
    return isinstance(value, int | float) and abs(value) <= sys.float_info.max


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunConfig:
    """Everything that decides what a run is: equal configs give equal runs on the same machine.

    `options` holds every option of the variant with its value: `variants.configure` fills the
    defaults in, so that equal configs have equal names.

    Raises:
        BadValue: if a value has the wrong type or lies outside its range.
    """

    variant: str
    dataset: str
    options: Mapping[str, Any]
    latent_dim: int = option(2, "numbers in a latent code", minimum=1, maximum=1024)
    epochs: int = option(100, "passes over the training images", minimum=1, maximum=100_000)
    batch_size: int = option(256, "images per step", minimum=1, maximum=65_536)
    learning_rate: float = option(3e-3, "peak of the one-cycle schedule", minimum=1e-8, maximum=10.0)
    seed: int = option(0, "seed of weights, order and noise", minimum=0, maximum=2**31 - 1)
    stop_after: int = option(
        0,
        "epochs after which it is stopped, the schedule being cut off; 0 for none",
        minimum=0,
        maximum=99_999,
    )

    def __post_init__(self) -> None:
        """Check every value; see the class."""
        for field in ("variant", "dataset"):
            if not (isinstance(getattr(self, field), str) and NAME.fullmatch(getattr(self, field))):
                raise BadValue(field, getattr(self, field), "lower-case letters, digits and _")
        check_record(self)
        if self.stop_after >= self.epochs:
            raise BadValue("stop_after", self.stop_after, f"less than the {self.epochs} epochs, or 0 for all")
        object.__setattr__(self, "options", MappingProxyType(_checked_options(self.options)))

    @property
    def name(self) -> str:
        """What people call the run, such as mnist-vae-z2."""
        return f"{self.dataset}-{self.variant}-z{self.latent_dim}"

    @property
    def run_id(self) -> str:
        """The name and ten digits of the config's SHA-256: folder, cache key and test id."""
        text = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return f"{self.name}-{hashlib.sha256(text.encode()).hexdigest()[:10]}"

    @property
    def is_trained(self) -> bool:
        """Whether it says how something was trained, and not what somebody brought."""
        return self.variant not in UNTRAINED

    @property
    def epochs_to_do(self) -> int:
        """Epochs that are trained: all of the schedule, or those before it is stopped."""
        return self.stop_after or self.epochs

    @property
    def epochs_text(self) -> str:
        """How many epochs are trained, for people: "100", or "4 of 100" where it is stopped."""
        return f"{self.stop_after} of {self.epochs:,}" if self.stop_after else f"{self.epochs:,}"

    def stopped(self, number: int, epochs: int) -> "RunConfig":
        """The config of what a training has reached when it is stopped, whose run has an id of its own.

        Args:
            number: whole epochs that were trained.
            epochs: those that there were to do.

        Returns:
            The config itself where all were trained.
        """
        return self if number >= epochs else dataclasses.replace(self, stop_after=number)

    def to_json(self) -> dict[str, Any]:
        """The config as plain JSON values; `stop_after` only where it is stopped, as older runs have it."""
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        if not self.stop_after:
            del values["stop_after"]
        return values | {"options": dict(self.options)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "RunConfig":
        """The config back from `to_json`.

        Args:
            values: one entry per field.

        Returns:
            An equal config.

        Raises:
            UnknownName: if an entry is no field of a config.
            BadValue: if there are no entries, one that is needed is missing, or a value is not allowed.
        """
        known = [field.name for field in dataclasses.fields(cls)]
        needed = {"variant", "dataset", "options"}
        if not isinstance(values, Mapping) or not needed <= set(values):
            raise BadValue("config", values, f"settings by name, {', '.join(sorted(needed))} among them")
        for name in values:
            if name not in known:
                raise UnknownName("setting", name, known)
        return cls(**values)

    def __hash__(self) -> int:
        """Hash by name, since options are a mapping."""
        return hash(self.run_id)
