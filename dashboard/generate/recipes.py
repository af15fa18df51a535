"""What the Generate page draws: where codes come from, as which class, and a sentence that says so."""

from dataclasses import dataclass

import numpy as np

from aecore.latent import priors, sampling
from aecore.storage.run import StoredRun

SOURCES = {
    "prior": "The prior",
    "mixture": "A mixture fitted to the codes",
    "around": "Around an image's code",
}
WITHOUT_PRIOR = {
    "mixture": SOURCES["mixture"],
    "around": SOURCES["around"],
    "prior": "Standard normal (this model was not trained for it)",
}
"""For a model without a prior: the mixture comes first, and N(0, I) says what it is."""
EVERY_CLASS = "all"


@dataclass(frozen=True)
class Recipe:
    """How samples are drawn.

    Attributes:
        source: one of `SOURCES`.
        temperature: multiplies the spread of the prior, or of each Gaussian of the mixture; 1 leaves it.
        truncation: coordinates of the prior's samples beyond so many of its standard deviations are drawn
            again; None leaves them.
        spread: round an image's code, as a share of the codes' own standard deviation.
        image: index of that test image.
        label: the class to draw each sample as; None for every class in turn. Only for a decoder that
            takes one.
        count: number of samples.
        seed: of the draw.
    """

    source: str
    temperature: float
    truncation: float | None
    spread: float
    image: int
    label: int | None
    count: int
    seed: int


def sources(run: StoredRun) -> dict[str, str]:
    """Where the codes of a run's samples can come from, by name, the natural one first."""
    return SOURCES if run.manifest["prior"] else WITHOUT_PRIOR


def takes_class(run: StoredRun) -> bool:
    """Whether the decoder is given a class."""
    return "conditions" in run.arrays


def codes(run: StoredRun, recipe: Recipe) -> np.ndarray:
    """Latent codes to decode.

    Args:
        run: a stored run.
        recipe: how to draw them.

    Returns:
        float32 (recipe.count, d).
    """
    own = run.arrays["codes"].astype(np.float32)
    if recipe.source == "prior":
        return sampling.prior_codes(
            run.manifest["prior"],
            recipe.count,
            run.config.latent_dim,
            recipe.seed,
            recipe.temperature,
            recipe.truncation,
        )
    if recipe.source == "mixture":
        return sampling.fitted_codes(own, "mixture", recipe.count, recipe.seed, recipe.temperature)
    return sampling.codes_around(own[recipe.image], recipe.count, recipe.spread * spread(own), recipe.seed)


def spread(own: np.ndarray) -> float:
    """The codes' own standard deviation: the root of its mean square over the latent dimensions."""
    return float(np.sqrt(own.astype(np.float64).var(0).mean()))


def labels(run: StoredRun, recipe: Recipe) -> np.ndarray | None:
    """The class of each sample, (recipe.count,); None where the decoder takes none."""
    if not takes_class(run):
        return None
    if recipe.label is None:
        return np.arange(recipe.count) % len(run.classes)
    return np.full(recipe.count, recipe.label)


def words(run: StoredRun, recipe: Recipe) -> str:
    """What was drawn, in a sentence with every setting that had a say."""
    if recipe.source == "around":
        source = (
            f"round the code of test image {recipe.image}, with {recipe.spread:g} of the codes' own standard "
            "deviation in every latent dimension"
        )
    elif recipe.source == "mixture":
        source = (
            f"from {sampling.COMPONENTS} Gaussians fitted to the codes of the {len(run.arrays['codes']):,} "
            f"test images, at temperature {recipe.temperature:g}"
        )
    else:
        prior = run.manifest["prior"]
        title = priors.find(priors.held_against(prior)).title
        name = f"the prior, {title}" if prior else f"{title}, which this model was never held to"
        cut = f", cut at ±{recipe.truncation:g} standard deviations" if recipe.truncation else ""
        source = f"from {name}{cut}, at temperature {recipe.temperature:g}"
    drawn_as = ""
    if takes_class(run):
        one = recipe.label is not None and run.classes[recipe.label]
        drawn_as = f" Drawn as the class {one}." if one else " Drawn as every class in turn."
    return f"{recipe.count} codes {source}; seed {recipe.seed}.{drawn_as}"
