"""The autoencoders, one file each, found by file name. A new one is one new file.

A file of this folder offers TITLE, `Options` (a frozen record made of `config.option`) and
`Variant`, a final subclass of `models.base.Autoencoder`. Where its epochs are slow it sets EPOCH_SCALE,
its default share of the data set's epochs; IS_CLOSED_FORM says that it has none at all. Where it learns
slowly it sets LEAST_STEPS. NEEDS_LABELS says that it trains on labelled images only.
Where the class reaches the decoder beside the code, CLASS_FREE_CODE says so
(`aecore.evaluation.directions`). Its docstring is its card (`aecore.models.cards`). This file loads no torch.
Files that AECORE_VARIANTS names count as if they stood here (`aecore.models.own_variants`).
"""

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from aecore import datasets, registry
from aecore.config import PLAIN, RunConfig, is_text
from aecore.errors import BadValue, BadVariant, LabelsNeeded, UnknownName
from aecore.models import own_variants

LEAST_STEPS = 500
"""Steps after which a variant beats PCA with as many numbers and its code is in use. On digits these are 100
epochs (MSE 0.037 to 0.047 over seeds and variants, PCA 0.0525; at 40 the VAE is the mean image, 0.0738, and
at 60 it is behind PCA still, with a warm-up or without), on MNIST 3 (VAE 0.042, PCA 0.0557)."""


def names() -> list[str]:
    """The variants there are, by file name."""
    shipped = registry.names(__path__)
    return sorted([*shipped, *own_variants.files(shipped)])


def module(name: str) -> ModuleType:
    """The file of a variant.

    Args:
        name: one of `names()`.

    Returns:
        Its module; see the head of this file for what it offers. Importing it loads torch.

    Raises:
        UnknownName: if there is none of that name.
        BadVariant: if a file of somebody's own does not offer what it must.
    """
    own = own_variants.files(registry.names(__path__))
    if name in own:
        return _checked(own_variants.load(own[name]), own[name])
    if name not in registry.names(__path__):
        raise UnknownName("variant", name, names())
    return registry.load(__name__, __path__, "variant", name)


def _checked(found: ModuleType, path: Path) -> ModuleType:
    """See that the file of a variant of somebody's own offers what the head of this file says."""
    from aecore.models.base import Autoencoder

    made, offered = getattr(found, "Variant", None), getattr(found, "Options", None)
    known: list[Any] = []
    is_record = False
    if isinstance(offered, type) and dataclasses.is_dataclass(offered):
        is_record, known = True, [field.metadata for field in dataclasses.fields(offered)]
    for is_so, fault in (
        (is_text(getattr(found, "TITLE", None)) and found.TITLE, f"its TITLE is not {PLAIN}"),
        (is_record and all("help" in one for one in known), "its Options are no record of config.option"),
        (isinstance(made, type) and issubclass(made, Autoencoder), "its Variant is no Autoencoder"),
    ):
        if not is_so:
            raise BadVariant(path, [fault])
    return found


def options(name: str, **values: Any) -> Any:
    """The options of a variant, checked, with defaults where no value is given.

    Args:
        name: one of `names()`.
        **values: options by name.

    Returns:
        The variant's Options record.

    Raises:
        UnknownName: if the variant has no option of that name.
    """
    record = module(name).Options
    known = [field.name for field in dataclasses.fields(record)]
    for value in values:
        if value not in known:
            raise UnknownName(f"option of {name}", value, known)
    return record(**values)


def sized(name: str, image_shape: Sequence[int]) -> dict[str, Any]:
    """The options of a variant whose default depends on the size of the images.

    Args:
        name: one of `names()`.
        image_shape: (h, w, c), as in `Images`.

    Returns:
        Their defaults by name.
    """
    fields = dataclasses.fields(module(name).Options)
    rules = {field.name: field.metadata.get("sized") for field in fields}
    return {option: rule(image_shape) for option, rule in rules.items() if rule}


def configure(variant: str, dataset: str, **settings: Any) -> RunConfig:
    """The config of a run: every default filled in, every name and value checked.

    Args:
        variant: one of `names()`.
        dataset: what `datasets.find` takes.
        **settings: fields of RunConfig (latent_dim, epochs, batch_size, learning_rate, seed) and
            options of the variant, by name.

    Returns:
        A config whose name is the same for the same run, however much of it was spelt out.

    Raises:
        UnknownName: if there is no such data set, or a name is neither a field of RunConfig nor an option of
            the variant.
        AmbiguousName: if several data sets were imported under that name.
        LabelsNeeded: if the variant learns from labels, and the images of the data set have none.
    """
    dataset = datasets.find(dataset)
    check_labels(variant, dataset)
    own = {field.name for field in dataclasses.fields(RunConfig)} - {"variant", "dataset", "options"}
    fields = {name: settings[name] for name in settings if name in own}
    chosen = {name: settings[name] for name in settings if name not in own}
    known = [field.name for field in dataclasses.fields(module(variant).Options)]
    for name in chosen:
        if name not in known:
            raise UnknownName(f"setting of {variant}", name, [*own, *known])
    if getattr(module(variant), "IS_CLOSED_FORM", False) and fields.setdefault("epochs", 1) != 1:
        raise BadValue("epochs", fields["epochs"], f"1: {variant} is fitted in closed form")
    budget = datasets.record(dataset).epochs * getattr(module(variant), "EPOCH_SCALE", 1.0)
    fields.setdefault("epochs", max(1, round(budget)))
    shape = datasets.record(dataset).image_shape
    record = options(variant, **(sized(variant, shape) if shape else {}) | chosen)
    return RunConfig(variant=variant, dataset=dataset, options=dataclasses.asdict(record), **fields)


def check_labels(variant: str, dataset: str) -> None:
    """See that a variant can learn from the images of a data set.

    Args:
        variant: one of `names()`.
        dataset: one of `datasets.names()`.

    Raises:
        LabelsNeeded: if the variant learns from labels, and the images of the data set have none.
    """
    if getattr(module(variant), "NEEDS_LABELS", False) and not datasets.record(dataset).classes:
        raise LabelsNeeded(f"The {module(variant).TITLE}", datasets.title(dataset))


def least_epochs(config: RunConfig, images: int) -> int:
    """How many epochs a training takes to learn something: to beat PCA with as many numbers.

    Args:
        config: from `configure`; its variant and batch size count.
        images: training images; 0 where that is not known.

    Returns:
        From 1 on.
    """
    if getattr(module(config.variant), "IS_CLOSED_FORM", False) or not images:
        return 1
    steps = getattr(module(config.variant), "LEAST_STEPS", LEAST_STEPS)
    return math.ceil(steps / math.ceil(images / config.batch_size))
