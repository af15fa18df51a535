r"""Writes docs/metrics.md: `python -m docs.metrics`. What each number is, how it is measured, its source.

Every number says all of itself in its file of `aecore/metrics/`, and nulls are worked out here.
"""

from pathlib import Path

from aecore.evaluation.deviations import DRAWS
from aecore.evaluation.directions import WORDS
from aecore.latent import priors
from aecore.metrics import GROUPS, NEEDS, NULL, SEED, WHITENED, catalog
from aecore.metrics._nulls import SAMPLES, nulls
from aecore.metrics.cells import empty_by_chance
from aecore.metrics.clustering import NEIGHBOURS
from aecore.metrics.coverage import NEAREST
from dashboard.figures.numbers import with_deviation

PAGE = Path(__file__).with_name("metrics.md")
HEAD = f"""# What every number means

Written by `python -m docs.metrics` from the files of `aecore/metrics/`; do not edit.

## How everything is measured

- On the **test split** alone, all of it: n = 10,000 images of MNIST and of Fashion-MNIST, 599 of the
  digits. Every number is of one run, never an average. Denoising takes the first 1,000 images.
- $`x`$ is an image with $`p`$ pixels in [0, 1], $`\\hat x`$ its reconstruction from the posterior mean,
  $`z`$ a latent code of $`d`$ numbers. Losses are in **nats per image**, sums over pixels and means over
  images.
- **Codes held against the prior are held out.** For a model with a spread they are one sample of q(z|x) for
  each test image, since the means understate the spread of the aggregated posterior q(z). It is one and the
  same sample for every number and for the map of holes; the dots of a plane are the means. A model without a
  prior is held against N(0, I), which it was never trained for: what one would have to sample it from.
- The **null** of a number is what codes drawn from the prior itself would score against another sample of
  it, each of n: mean ± standard deviation over draws. The means of MMD² (0), coverage (Naeem et al. 2020,
  lemma 2) and density (1) are known in closed form, the cells are counted in 2,000 multinomial draws, the
  rest in {SAMPLES} samples. What is better than its null is luck.
- **Empty by chance.** n codes of the prior leave (1 − 1/200)ⁿ of its 200 cells empty: of 599 test codes
  {100 * empty_by_chance(599):.1f} %, of 10,000 none. With 599 codes a quarter of a cell's due is under one
  code, so that hole cells and empty cells are one number there, and a few of them say nothing.
- **k** = {NEAREST} neighbours for coverage and density, {NEIGHBOURS} for votes, trustworthiness and
  continuity. **Seed** {SEED} for every sample of the prior and of q(z|x).
- **Whitened**: the codes, and for samples the prior too, are brought to mean 0 and covariance I first, along
  their principal axes. An encoder and a decoder absorb any place, scale and rotation of the codes exactly, so
  a model without a prior has none of its own: what no moving, turning or scaling alters is the headline, and
  the number as it is stands beside it. In the decode test it is the prior's samples that are moved, widened
  and turned to the codes.
- A **collapsed** run has no active latent dimension, a KL under 0.1 nats, constant codes, or an MSE of at
  least 0.98 of the mean image's, or of the class mean's where the decoder is given the class. A posterior
  equal to the prior covers it perfectly and says nothing, so such a run is named and never called best, and
  what it scores against the prior is not compared.

## The map of holes

Drawn under the dots of the Compare page for codes of two numbers, on a grid of 64 × 64 cells.

- **Hole**: the density of the codes is under a quarter of the prior's. Both are smoothed by the same
  Gaussian kernel (Scott's rule, $`n^{{-1/6}}`$: 0.22 for 10,000 codes), so that a sample of the prior has
  none, and a place is judged only where the prior would put enough codes to tell: for N(0, I) and 10,000
  codes within 3.0 of the centre. The **share** is the prior's mass in holes, 0 to 1, lower is better; its
  null is the same of samples of the prior. It is **another measure than the hole cells** below, on the same
  sample of q(z|x): those are raw counts in 200 cells of equal mass, finer than the kernel in the middle, and
  see smaller gaps and more noise; with a few hundred codes the kernel is too wide to see a gap at all. The
  page calls the one "hole cells" and the other "hatched", each with its own null.
- **Cycle error**: $`|e(d(z)) - z|`$, how far encoding leads from what was decoded, in standard deviations
  of the prior; lower is better. A decoder that is given a class is asked for every class, and the mean is
  taken.

## When a winner is named

Two runs are **told apart** in a number where it differs by more than twice $`\\sqrt{{s_1^2 + s_2^2}}`$, the
standard deviation of the difference. Each $`s`$ puts together what is known of how far the number would move:

- **Over seeds**, from five trainings of that very recipe that differ in the seed alone (`benchmarks.seeds`).
  Where they have not been trained, nothing is told apart: one training each decides nothing.
- **Over test images**: the standard error of the mean for MSE, $`\\sqrt{{p(1-p)/n}}`$ for shares of images,
  {DRAWS} draws of as many images with replacement for numbers on cells. For other numbers it is not in $`s`$.
- **Not in it**: other splits of the data, other settings, other machines, the standard deviation's own error
  of about a third at five seeds, and that the best of several runs is picked.

A run is called best only where it is told apart from every other; several that lead are named together; else
no winner is named, and the page says why. Collapsed runs, and imported ones that were not measured here, take
no part.

## Three cautions

- **Grey pixels.** BCE and −ELBO treat a grey pixel as a probability. A perfect reconstruction then scores
  the entropy of the grey values, not 0, and papers on binarised MNIST print other, smaller numbers: the two
  do not compare.
- **SSIM has many definitions.** Here it is scikit-image's, with a uniform 7 × 7 window, the sample
  covariance and a data range of 1. Others, such as torchmetrics' Gaussian 11 × 11 window, give quite other
  numbers of the same images.
- **t-SNE shows neighbours and nothing else.** Sizes of clusters, distances between them and the empty space
  mean little, it cannot be decoded, and of a code with two numbers it shows less than the code itself. None
  of the numbers below is taken from it.
"""


NULLS = ((10_000, 2), (10_000, 32), (599, 2))
"""How many codes, and how many numbers in each: a null knows nothing else, but the prior, here N(0, I)."""


def main() -> None:
    """Write the page."""
    PAGE.write_text(text(), "utf-8")
    print(PAGE.name)  # noqa: T201  what a script did


def text() -> str:
    """The page, in Markdown."""
    parts = [HEAD.rstrip("\n"), "## Nulls", _nulls()]
    for group in GROUPS:
        parts.append(f"## {group.capitalize()}")
        parts += [
            _number(name)
            for name, meaning in catalog().items()
            if meaning.group == group and not name.endswith(WHITENED)
        ]
    return "\n\n".join(parts) + "\n"


def _nulls() -> str:
    """Every null by n and d."""
    found = [nulls(count, dimensions, priors.STANDARD_NORMAL) for count, dimensions in NULLS]
    heads = [f"n = {count:,}, d = {dimensions}" for count, dimensions in NULLS]
    lines = ["| null of | " + " | ".join(heads) + " |", "| --- |" + " --- |" * len(heads)]
    for name in [name for name in catalog() if name.endswith(NULL)]:
        cells = [with_deviation(numbers, name) if name in numbers else "–" for numbers in found]
        lines.append(f"| {catalog()[name.removesuffix(NULL)].title} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _number(name: str) -> str:
    """The section of a number, and of its whitened twin."""
    known = catalog()
    metric = known[name]
    parts = [f"### {metric.title}", f"`{name}`. {metric.sentence}"]
    if metric.formula:
        parts.append(f"```math\n{metric.formula}\n```")
    facts = [f"Unit: {metric.unit}", metric.range and f"range: {metric.range}", WORDS[metric.better]]
    if metric.floors:
        facts.append(f"shown beside: {', '.join(known[floor].title for floor in metric.floors)}")
    if metric.needs:
        facts.append(
            f"needs {', '.join(NEEDS.get(need, f'a {need}').replace('_', ' ') for need in metric.needs)}"
        )
    parts.append("; ".join(facts) + ".")
    parts += [part for part in (metric.measured, metric.source and f"Source: {metric.source}") if part]
    if twin := known.get(name + WHITENED):
        parts.append(f"**{twin.title}** (`{name}{WHITENED}`). {twin.sentence}")
    return "\n\n".join(parts)


if __name__ == "__main__":
    main()
