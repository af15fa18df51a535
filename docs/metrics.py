r"""Writes docs/metrics.md: `python -m docs.metrics`. What each number is, how it is measured, its source.

Labels, units, directions and sentences come from `aecore.metrics.METRICS`, nulls from
`aecore.metrics.nulls`, and formulas and sources from `FORMULAS` below, which a test holds complete. Longer
than most files: it is a text.
"""

from dataclasses import dataclass
from pathlib import Path

from aecore.denoising.tuning import RIDGE_IMAGES
from aecore.evaluation.deviations import DRAWS
from aecore.evaluation.directions import WORDS
from aecore.latent import priors
from aecore.metrics.catalog import GROUPS, METRICS, NULL
from aecore.metrics.clustering import NEIGHBOURS
from aecore.metrics.coverage import NEAREST, RINGS, SECTORS, SEED, WHITENED, WIDEST
from aecore.metrics.nulls import SAMPLES, empty_by_chance, nulls
from dashboard.figures.numbers import with_deviation

PAGE = Path(__file__).with_name("metrics.md")
HEAD = f"""# What every number means

Written by `python -m docs.metrics` from `aecore/metrics/catalog.py`; do not edit.

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
the runs "cannot be told apart on one seed each". Collapsed runs, and imported ones
that were not measured here, take no part.

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


@dataclass(frozen=True)
class Formula:
    """How a number is computed.

    Attributes:
        formula: in TeX; empty where words say all.
        range: between what it lies.
        measured: what a reader needs besides the formula.
        source: who defined it.
    """

    formula: str
    range: str
    measured: str = ""
    source: str = ""


_SHARE = "0 to 1"
_DISCRIMINATOR = Formula(
    r"-\mathbb{E}\,\log D(z_\mathrm{prior}) - \mathbb{E}\,\log\bigl(1 - D(z_\mathrm{code})\bigr)",
    "0 and more",
    "The mean over the test images with the discriminator as it was at the end of the training. It speaks "
    "of that discriminator, which may be weak or behind. By Fano's inequality the best one of loss L has at "
    "least the error e with -e ln e - (1 - e) ln(1 - e) = L / 2: one of 1.333 is right at most 61 % of the "
    "time. Where the two-sample test is right more often, by more than two deviations of chance, the page "
    "says so, and the test is to be believed.",
    "Goodfellow et al. 2014; Makhzani et al. 2015.",
)
FORMULAS = {
    "mse": Formula(r"\frac{1}{p}\sum_i (x_i - \hat x_i)^2", _SHARE, "Held against the mean image and PCA."),
    "bce": Formula(
        r"-\frac{1}{p}\sum_i x_i \log \hat x_i + (1 - x_i)\log(1 - \hat x_i)",
        "from the entropy of the grey pixels up",
        "Reconstructions are kept 1e-7 away from 0 and 1.",
    ),
    "nats": Formula(r"p \cdot \mathrm{BCE}", "from the entropy of the grey pixels up"),
    "negative_elbo": Formula(
        r"\mathbb{E}_{q(z|x)}\bigl[-\log p(x|z)\bigr] + \mathrm{KL}\bigl(q(z|x)\,\|\,p(z)\bigr)",
        "from the entropy of the grey pixels up",
        "The mean of 8 samples of q(z|x) for each image, seed 0. Of grey pixels the Bernoulli is no density "
        "on [0, 1], so this bounds no likelihood: it compares models here, and none with a paper.",
        "Kingma & Welling 2014, equation 3; Loaiza-Ganem & Cunningham 2019.",
    ),
    "psnr": Formula(
        r"10 \log_{10} \frac{1}{\mathrm{MSE}}", "0 to 100 dB", "For each image, then the mean; data range 1."
    ),
    "ssim": Formula(
        r"\frac{(2\mu_x\mu_y + c_1)(2\sigma_{xy} + c_2)}{(\mu_x^2+\mu_y^2+c_1)(\sigma_x^2+\sigma_y^2+c_2)}",
        "−1 to 1",
        "The mean over windows of 7 × 7 pixels, uniform weights, c₁ = 0.01², c₂ = 0.03²; "
        "scikit-image's definition.",
        "Wang et al. 2004; scikit-image, structural_similarity.",
    ),
    "dead_pixels": Formula(
        "", _SHARE, "Not measured where the decoder ends in a sigmoid, which never reaches 0."
    ),
    "knn_accuracy": Formula(
        "",
        _SHARE,
        f"k = {NEIGHBOURS}: each test code asks the training codes (posterior means), Euclidean distance.",
        "Cover & Hart 1967; scikit-learn.",
    ),
    "linear_probe": Formula(
        "",
        _SHARE,
        "Multinomial logistic regression (scikit-learn, C = 1) on codes standardised by the training codes.",
        "Alain & Bengio 2016.",
    ),
    "trustworthiness": Formula(
        r"1 - \frac{2}{nk(2n - 3k - 1)}\sum_i \sum_{j \in U_k(i)} \bigl(r(i, j) - k\bigr)",
        _SHARE,
        f"k = {NEIGHBOURS}; U: the k nearest codes that are not among the k nearest images, r: their "
        "rank there. "
        "Exact over all test images; equal distances share their mean rank.",
        "Venna & Kaski 2006; scikit-learn's definition.",
    ),
    "continuity": Formula(
        r"1 - \frac{2}{nk(2n - 3k - 1)}\sum_i \sum_{j \in V_k(i)} \bigl(\hat r(i, j) - k\bigr)",
        _SHARE,
        f"Trustworthiness with images and codes exchanged, k = {NEIGHBOURS}.",
        "Venna & Kaski 2006.",
    ),
    "kl": Formula(
        r"\tfrac12 \sum_j \bigl(\mu_j^2 + \sigma_j^2 - \log \sigma_j^2 - 1\bigr)",
        "0 and more",
        "The mean over the test images; the page shows it for each latent dimension too. It is what the code "
        "tells about its image plus how far all codes together lie from the prior, so an upper bound on the "
        "first.",
        "Kingma & Welling 2014, appendix B; Hoffman & Johnson 2016.",
    ),
    "active_units": Formula(
        r"\#\{j : \mathrm{Var}_x\,\mu_j(x) > 0.01\}",
        "0 to d",
        "The threshold is a convention.",
        "Burda et al. 2016.",
    ),
    "code_std": Formula(
        r"\frac{1}{d}\sum_j \mathrm{std}(z_j)",
        "0 and more",
        "The codes held against the prior; N(0, I) has 1.",
    ),
    "code_mean_norm": Formula(
        r"\bigl\lVert \bar z \bigr\rVert", "0 and more", "Best 0, the centre of N(0, I)."
    ),
    "gaussian_kl": Formula(
        r"\tfrac12\bigl(\mathrm{tr}\,S + m^\top m - d - \log\det S\bigr)",
        "0 and more",
        "m and S: mean and covariance of the codes; variances under 1e-8 count as that. Against N(0, "
        "I) only. "
        "Its null is d (d + 3) / (4 n) on average.",
    ),
    "mmd2": Formula(
        r"\mathbb{E}\,k(z, z') + \mathbb{E}\,k(y, y') - 2\,\mathbb{E}\,k(z, y), \qquad "
        r"k(a, b) = \frac{2d}{2d + \lVert a - b\rVert^2}",
        "about 0 to 2; the unbiased estimate may fall just below 0",
        "z: codes, y: samples of the prior, as many; all pairs but a point with itself. The kernel is as "
        f"wide as the prior: above {WIDEST} dimensions it sees place and scale and hardly any shape, and the "
        "two-sample test tells more.",
        "Tolstikhin et al. 2018, section 4; Gretton et al. 2012, equation 3.",
    ),
    "total_variation": Formula(
        r"\tfrac12 \sum_{c=1}^{200} \bigl| s_c - \tfrac{1}{200} \bigr|",
        _SHARE,
        f"s: share of the codes in each of {RINGS} rings by {SECTORS} sectors of equal mass under N(0, I); "
        "two latent dimensions only.",
    ),
    "hole_share": Formula(
        r"\frac{1}{200}\,\#\bigl\{c : s_c < \tfrac14 \cdot \tfrac{1}{200}\bigr\}",
        _SHARE,
        "The same cells; two latent dimensions only.",
    ),
    "empty_share": Formula(
        r"\frac{1}{200}\,\#\{c : s_c = 0\}", _SHARE, "The same cells; two latent dimensions only."
    ),
    "prior_coverage": Formula(
        r"\frac{1}{n}\sum_i \mathbf{1}\bigl[\exists j : z_j \in B(y_i, r_i)\bigr]",
        _SHARE,
        f"y: samples of the prior; r: the distance of each to its k-th nearest among them, k = {NEAREST}. "
        f"The null is below 1, since a ball may miss even a sample of the prior. Up to {WIDEST} dimensions: "
        "beyond, the balls round samples of the prior, which lie far out and far apart, hold its empty "
        "middle, and at 32 dimensions codes of half its width would score above the null. The two-sample "
        "test stands in its place.",
        "Naeem et al. 2020, with the prior as real and the codes as fake; the definition of the "
        "package prdc.",
    ),
    "code_coverage": Formula(
        r"\frac{1}{n}\sum_j \mathbf{1}\bigl[\exists i : y_i \in B(z_j, r_j)\bigr]",
        _SHARE,
        f"Prior covered with codes and prior exchanged, k = {NEAREST}, up to {WIDEST} dimensions. The pair "
        "is read together, as recall and precision are: codes of half the prior's width reach little of it "
        "in few dimensions, and in more dimensions the prior reaches few of them.",
        "Naeem et al. 2020, with the codes as real and the prior as fake.",
    ),
    "prior_density": Formula(
        r"\frac{1}{kn}\sum_j \sum_i \mathbf{1}\bigl[z_j \in B(y_i, r_i)\bigr]",
        "0 and more; codes that crowd where the prior is dense pass 1",
        f"The same balls, k = {NEAREST}, up to {WIDEST} dimensions.",
        "Naeem et al. 2020; the definition of the package prdc.",
    ),
    "two_sample_accuracy": Formula(
        "",
        "about 0.5 to 1",
        "A network of two hidden layers of 128 units is trained for 400 steps on up to 20,000 codes of "
        "training images and as many samples of the prior, then asked about the codes of the n test images "
        "and as many other samples. The null is 0.5, and by chance the accuracy is off by 0.35 / sqrt(n): "
        "0.0035 for 10,000 codes, 0.014 for the digits. A second of one processor, seed 0.",
        "Lopez-Paz & Oquab 2017.",
    ),
    "decoded_recognised": Formula(
        r"\frac{1}{n}\#\bigl\{i : \textstyle\sum_c p_c(x_i) > \tfrac12,\; "
        r"\max_c p_c(x_i) > 0.9 \sum_c p_c(x_i)\bigr\}",
        _SHARE,
        "n samples of the prior are decoded. The judge, one hidden layer of 256 units, is trained on the "
        "training images and, as one more class, on uniform noise, blends of two images (0.3 to 0.7) and "
        "images with shuffled pixels, half as many as images; p_c is its probability of class c, and what "
        "lacks to 1 that of none. Of uniform noise it recognises nothing. Beside it the share of real test "
        "images, which is not 1: the judge is a small one, and Fashion-MNIST's classes overlap. A decoder "
        "that is given a class gets the classes of the data.",
        "A class of its own for what is no image: Hendrycks et al. 2019, in kind.",
    ),
    "decoded_class_tv": Formula(
        r"\tfrac12 \sum_c \bigl| f_c - g_c \bigr|",
        _SHARE,
        "f: shares of the classes that the judge finds most probable in the decoded samples, g: of the "
        "classes in the test split.",
    ),
    "discriminator_loss": _DISCRIMINATOR,
    "style_discriminator_loss": _DISCRIMINATOR,
    "class_discriminator_loss": _DISCRIMINATOR,
    "test_error": Formula("", _SHARE),
    "fine_tuned_accuracy": Formula(
        "", _SHARE, "Encoder and a linear layer on its code, trained on all labels."
    ),
    "denoised_psnr": Formula(
        r"10 \log_{10} \frac{1}{\mathrm{MSE}}",
        "0 to 100 dB",
        "The first 1,000 test images, noise at its reference level, clipped to [0, 1] and rounded to "
        "8 bits, seed 0. "
        "Beside it the noisy images, and the linear (ridge) denoiser fitted on the first "
        f"{RIDGE_IMAGES:,} training images, or on all where there are fewer.",
    ),
    "denoised_ssim": Formula("", "−1 to 1", "SSIM as above, of the same images.", "Wang et al. 2004."),
    "living_activity": Formula(
        "",
        _SHARE,
        "The mean over the test images. A unit lives that is not 0 on every one of them: dead units would "
        "make any code seem sparse.",
    ),
    "living_hoyer": Formula(
        r"\frac{\sqrt d - \lVert z\rVert_1 / \lVert z\rVert_2}{\sqrt d - 1}",
        _SHARE,
        "d: the living units. The mean over the test images; a code of zeros counts as 1.",
        "Hoyer 2004.",
    ),
    "dead_units": Formula("", _SHARE),
}
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
            for name, meaning in METRICS.items()
            if meaning.group == group and not name.endswith(WHITENED)
        ]
    return "\n\n".join(parts) + "\n"


def _nulls() -> str:
    """Every null by n and d."""
    found = [nulls(count, dimensions, priors.STANDARD_NORMAL) for count, dimensions in NULLS]
    heads = [f"n = {count:,}, d = {dimensions}" for count, dimensions in NULLS]
    lines = ["| null of | " + " | ".join(heads) + " |", "| --- |" + " --- |" * len(heads)]
    for name in [name for name in METRICS if name.endswith(NULL)]:
        cells = [with_deviation(numbers, name) if name in numbers else "–" for numbers in found]
        lines.append(f"| {METRICS[name.removesuffix(NULL)].label} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _number(name: str) -> str:
    """The section of a number, and of its whitened twin."""
    meaning, formula = METRICS[name], FORMULAS[name]
    parts = [f"### {meaning.label}", f"`{name}`. {meaning.sentence}"]
    if formula.formula:
        parts.append(f"```math\n{formula.formula}\n```")
    facts = [
        f"Unit: {meaning.unit}",
        f"range: {formula.range}",
        WORDS[meaning.better],
    ]
    beside = [METRICS[floor].label for floor in meaning.floors]
    if beside:
        facts.append(f"shown beside: {', '.join(beside)}")
    parts.append("; ".join(facts) + ".")
    parts += [part for part in (formula.measured, formula.source and f"Source: {formula.source}") if part]
    if twin := METRICS.get(name + WHITENED):
        parts.append(f"**{twin.label}** (`{name}{WHITENED}`). {twin.sentence}")
    return "\n\n".join(parts)


if __name__ == "__main__":
    main()
