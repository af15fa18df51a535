"""Numbers from finished arrays, and what each of them means. No torch here.

`MEANINGS` words every number a run stores, once, for the dashboard, the command line and the docs.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Meaning:
    """How to read one number.

    Attributes:
        label: its short name.
        unit: what it counts.
        better: which way is better, or "" where neither is.
        sentence: what it says, in a sentence.
        floors: names of the stored numbers to hold it against.
    """

    label: str
    unit: str
    better: Literal["lower", "higher", "near 1.386", ""]
    sentence: str
    floors: tuple[str, ...] = ()


MEANINGS = {
    "mse": Meaning(
        "Reconstruction MSE",
        "per pixel",
        "lower",
        "Mean squared difference between a test image and its reconstruction, pixels in [0, 1]. "
        "A model that does not beat PCA with as many numbers is not trained.",
        ("mean_image_mse", "pca_mse"),
    ),
    "bce": Meaning(
        "Reconstruction BCE",
        "nats per pixel",
        "lower",
        "Binary cross-entropy of the reconstruction. Grey pixels cannot reach 0: a perfect "
        "reconstruction scores the entropy floor, and papers on binarised images are not comparable.",
        ("mean_image_bce", "bce_floor"),
    ),
    "negative_elbo": Meaning(
        "−ELBO",
        "nats per image",
        "lower",
        "Bound on the negative log-likelihood: reconstruction plus KL to the prior, summed over "
        "pixels, z sampled from q(z|x). Grey pixels: not comparable with binarised images.",
        ("bce_floor_nats",),
    ),
    "knn_accuracy": Meaning(
        "kNN-15 accuracy",
        "share of images",
        "higher",
        "Share of test images whose class is right by vote of the 15 nearest training codes: how "
        "well the latent space keeps classes apart, though it never saw a label.",
        ("pca_knn_accuracy",),
    ),
    "mmd2": Meaning(
        "MMD² to the prior",
        "squared distance",
        "lower",
        "Distance between the codes and N(0, I) (squared maximum mean discrepancy, inverse "
        "multiquadratic kernel). Two samples of the prior score the null.",
        ("mmd2_null",),
    ),
    "total_variation": Meaning(
        "Total variation, 200 cells",
        "share of codes",
        "lower",
        "The prior is cut into 200 cells of equal mass: share of the codes that would have to move "
        "for every cell to hold its due. A sample of the prior scores the null.",
        ("total_variation_null",),
    ),
    "hole_share": Meaning(
        "Hole cells",
        "share of 200 cells",
        "lower",
        "Share of the prior's 200 equal cells that hold under a quarter of their due: places the "
        "prior samples from and the decoder has hardly seen.",
        ("hole_share_null",),
    ),
    "discriminator_loss": Meaning(
        "Discriminator loss",
        "nats",
        "near 1.386",
        "At 2 ln 2 = 1.386 the discriminator cannot tell codes from the prior; far below it has won, "
        "and the codes do not follow the prior however good the pictures look.",
    ),
    "code_std": Meaning(
        "Code spread",
        "standard deviation",
        "",
        "Mean standard deviation of the codes over the latent dimensions; the prior's is 1.",
    ),
    "mean_image_mse": Meaning("mean image", "per pixel", "", "Answering every image with the average one."),
    "pca_mse": Meaning("PCA, same size", "per pixel", "", "The best linear code of as many numbers."),
    "pca_knn_accuracy": Meaning(
        "PCA, same size", "share of images", "", "The same vote on PCA codes of as many numbers."
    ),
    "mean_image_bce": Meaning(
        "mean image", "nats per pixel", "", "Answering every image with the average one."
    ),
    "bce_floor": Meaning(
        "perfect reconstruction", "nats per pixel", "", "Entropy of the grey pixels themselves."
    ),
    "bce_floor_nats": Meaning(
        "perfect reconstruction", "nats per image", "", "Entropy of the grey pixels themselves."
    ),
    "mmd2_null": Meaning(
        "prior against prior", "squared distance", "", "Between two independent samples of the prior."
    ),
    "total_variation_null": Meaning(
        "a sample of the prior", "share of codes", "", "As many codes drawn from the prior."
    ),
    "hole_share_null": Meaning(
        "a sample of the prior", "share of 200 cells", "", "As many codes drawn from the prior."
    ),
}
