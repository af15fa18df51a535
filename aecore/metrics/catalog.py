"""What every number of a run is: its title, unit, direction, sentence and floors."""

from dataclasses import dataclass
from math import inf
from typing import Literal

GROUPS = (
    "reconstruction",
    "latent space",
    "coverage of the prior",
    "classification",
    "denoising",
    "sparsity",
)
"""What numbers are about, in the order in which `METRICS` lists them and a page shows them."""
OF_DIMENSIONS = "of the latent dimensions"
LIMITS: dict[str, tuple[float, float]] = {
    "per pixel": (0, inf),
    "nats": (0, inf),
    "nats per pixel": (0, inf),
    "nats per image": (0, inf),
    "dB": (-inf, 100),
    "0 to 1": (0, 1),
    "accuracy": (0, 1),
    "−1 to 1": (-1, 1),
    "standard deviation": (0, inf),
    "distance from the origin": (0, inf),
    "relative to the prior": (0, inf),
    OF_DIMENSIONS: (0, inf),
}
"""The least and the most that a number of a unit can be; a share is from 0 to 1, and the rest is anything."""


@dataclass(frozen=True)
class MetricInfo:
    """How to read one number.

    Attributes:
        label: its short name.
        unit: what it counts.
        better: which way is better, or "" where neither is.
        sentence: what it says, in a sentence.
        floors: names of the stored numbers to hold it against.
        group: one of `GROUPS`, or "" for a number that only stands beside others, as their floor.
        is_signed: whether it can be below 0, unlike others of its unit.
    """

    label: str
    unit: str
    better: Literal["lower", "higher", "near 1", "near 1.386", ""]
    sentence: str
    floors: tuple[str, ...] = ()
    group: str = ""
    is_signed: bool = False

    @property
    def is_floor(self) -> bool:
        """Whether the number only stands beside others."""
        return not self.group

    def limits(self, latent_dim: int) -> tuple[float, float]:
        """Between what the number lies, whatever a model does.

        Args:
            latent_dim: of the model.

        Returns:
            The least and the most that it can be.
        """
        least, most = LIMITS.get(self.unit, (0, 1) if self.unit.startswith("share") else (-inf, inf))
        least = -inf if self.is_signed else least
        return least, latent_dim if self.unit == OF_DIMENSIONS else most


METRICS = {
    # Reconstruction
    "mse": MetricInfo(
        "Reconstruction MSE",
        "per pixel",
        "lower",
        "Mean squared difference between a test image and its reconstruction, pixels in [0, 1]. "
        "A model that does not beat PCA with as many numbers is not trained.",
        ("mean_image_mse", "class_mean_mse", "pca_mse"),
        "reconstruction",
    ),
    "bce": MetricInfo(
        "Reconstruction BCE",
        "nats per pixel",
        "lower",
        "Binary cross-entropy of the reconstruction. Grey pixels cannot reach 0: a perfect "
        "reconstruction scores the entropy floor, and papers on binarised images are not comparable.",
        ("mean_image_bce", "pca_bce", "bce_floor"),
        "reconstruction",
    ),
    "nats": MetricInfo(
        "Reconstruction, nats per image",
        "nats per image",
        "lower",
        "The same cross-entropy summed over the pixels of an image, as the loss of a VAE has it: "
        "the BCE times the number of pixels.",
        ("bce_floor_nats",),
        "reconstruction",
    ),
    "negative_elbo": MetricInfo(
        "−ELBO",
        "nats per image",
        "lower",
        "Reconstruction plus KL to the prior, summed over pixels, z sampled from q(z|x). Of grey pixels it "
        "bounds no likelihood, since no normalised model stands behind it; binarised ones do not compare.",
        ("bce_floor_nats",),
        "reconstruction",
        is_signed=True,  # where the likelihood is a density
    ),
    "psnr": MetricInfo(
        "Reconstruction PSNR",
        "dB",
        "higher",
        "Peak signal-to-noise ratio: the squared error on a logarithmic scale, where 10 dB more is a "
        "tenth of the error. Taken for each image, then averaged; a perfect image counts as 100 dB.",
        ("pca_psnr",),
        "reconstruction",
    ),
    "dead_pixels": MetricInfo(
        "Dead pixels",
        "share of the pixels ever lit",
        "lower",
        "Share of the pixels that are lit in some test image and black in every reconstruction: output "
        "units, rectified or clipped, that have died and get no gradient any more.",
        (),
        "reconstruction",
    ),
    "ssim": MetricInfo(
        "Reconstruction SSIM",
        "−1 to 1",
        "higher",
        "Structural similarity: compares brightness, contrast and pattern in small windows, nearer to "
        "what the eye sees than single pixels. scikit-image's definition, uniform 7×7 window; other "
        "libraries give other numbers.",
        ("pca_ssim",),
        "reconstruction",
    ),
    # Latent space
    "knn_accuracy": MetricInfo(
        "kNN-15 accuracy",
        "share of images",
        "higher",
        "Share of test images whose class is right by vote of the 15 nearest training codes: how "
        "well the latent space keeps classes apart. Lower is better where the decoder is given the class.",
        ("pca_knn_accuracy",),
        "latent space",
    ),
    "linear_probe": MetricInfo(
        "Linear probe",
        "share of images",
        "higher",
        "Share of test images whose class a linear classifier reads off the code, trained on the "
        "training codes: whether straight cuts through the latent space tell the classes apart. Lower is "
        "better where the decoder is given the class.",
        group="latent space",
    ),
    "trustworthiness": MetricInfo(
        "Trustworthiness",
        "0 to 1",
        "higher",
        "Whether the 15 nearest neighbours of a code are also near as images: 1 if all are, about 0.5 "
        "for random codes. Low where the latent space puts unlike images side by side.",
        group="latent space",
    ),
    "continuity": MetricInfo(
        "Continuity",
        "0 to 1",
        "higher",
        "Whether the 15 images most like an image also lie near it in the latent space: 1 if all do, "
        "about 0.5 for random codes. Low where like images are torn apart.",
        group="latent space",
    ),
    "kl": MetricInfo(
        "KL to the prior",
        "nats per image",
        "",
        "KL divergence from q(z|x) to N(0, I), averaged over the test images: the most that the code "
        "tells about its image. At 0 it tells nothing, and the decoder answers every image alike.",
        group="latent space",
    ),
    "active_units": MetricInfo(
        "Active units",
        OF_DIMENSIONS,
        "",
        "Number of latent dimensions whose posterior mean varies over the images (variance above "
        "0.01, a convention). The others carry next to nothing: the VAE has switched them off.",
        group="latent space",
    ),
    # Coverage of the prior
    "code_std": MetricInfo(
        "Code spread",
        "standard deviation",
        "",
        "Mean standard deviation of the codes over the latent dimensions; that of N(0, I) is 1.",
        group="coverage of the prior",
    ),
    "code_mean_norm": MetricInfo(
        "Code centre",
        "distance from the origin",
        "",
        "How far the mean of all codes lies from the origin, the centre of N(0, I).",
        group="coverage of the prior",
    ),
    "gaussian_kl": MetricInfo(
        "KL of the Gaussian fit",
        "nats",
        "lower",
        "KL divergence from the Gaussian with the codes' mean and covariance to N(0, I): how far "
        "place, width and tilt are off. It sees no holes and no clusters.",
        ("gaussian_kl_null",),
        "coverage of the prior",
    ),
    "mmd2": MetricInfo(
        "MMD² to the prior",
        "squared distance",
        "lower",
        "Distance between the codes and the prior (squared maximum mean discrepancy, inverse "
        "multiquadratic kernel). Two samples of the prior score the null. In many dimensions it sees place "
        "and scale and hardly any shape.",
        ("mmd2_null",),
        "coverage of the prior",
    ),
    "mmd2_whitened": MetricInfo(
        "MMD², whitened",
        "squared distance",
        "lower",
        "The same distance after codes and prior are brought to mean 0 and covariance I: what is left is "
        "the shape, without place, scale and tilt.",
        ("mmd2_null",),
        "coverage of the prior",
    ),
    "total_variation": MetricInfo(
        "Total variation, 200 cells",
        "share of codes",
        "lower",
        "The prior is cut into 200 cells of equal mass: share of the codes that would have to move "
        "for every cell to hold its due. A sample of the prior scores the null.",
        ("total_variation_null",),
        "coverage of the prior",
    ),
    "total_variation_whitened": MetricInfo(
        "Total variation, whitened",
        "share of codes",
        "lower",
        "The same share after the codes are brought to mean 0 and covariance I: what is left is the "
        "shape, without place, scale and tilt.",
        ("total_variation_null",),
        "coverage of the prior",
    ),
    "hole_share": MetricInfo(
        "Hole cells",
        "share of 200 cells",
        "lower",
        "Share of the prior's 200 equal cells that hold under a quarter of the test codes due there: "
        "places the prior samples from and hardly an image is encoded to.",
        ("hole_share_null",),
        "coverage of the prior",
    ),
    "hole_share_whitened": MetricInfo(
        "Hole cells, whitened",
        "share of 200 cells",
        "lower",
        "The same share after the codes are brought to mean 0 and covariance I: holes that no moving, "
        "turning or scaling of the plane closes.",
        ("hole_share_null",),
        "coverage of the prior",
    ),
    "empty_share": MetricInfo(
        "Empty cells",
        "share of 200 cells",
        "lower",
        "Share of the prior's 200 equal cells that hold no test code. Few codes leave some empty by "
        "chance: the null.",
        ("empty_share_null",),
        "coverage of the prior",
    ),
    "empty_share_whitened": MetricInfo(
        "Empty cells, whitened",
        "share of 200 cells",
        "lower",
        "The same share after the codes are brought to mean 0 and covariance I: cells without a test code "
        "that no moving, turning or scaling of the plane fills.",
        ("empty_share_null",),
        "coverage of the prior",
    ),
    "prior_coverage": MetricInfo(
        "Prior covered",
        "share of prior samples",
        "higher",
        "Share of samples of the prior that have a code nearer than their own fifth neighbour: how "
        "much of the prior the codes reach. Two samples of the prior score the null, below 1.",
        ("prior_coverage_null",),
        "coverage of the prior",
    ),
    "prior_coverage_whitened": MetricInfo(
        "Prior covered, whitened",
        "share of prior samples",
        "higher",
        "The same share after codes and prior are brought to mean 0 and covariance I: how much of the "
        "prior the codes would reach at its own place and scale.",
        ("prior_coverage_null",),
        "coverage of the prior",
    ),
    "code_coverage": MetricInfo(
        "Codes covered",
        "share of codes",
        "higher",
        "Share of codes that have a sample of the prior nearer than their own fifth neighbour: how many "
        "of the codes the prior reaches. Read with the share of the prior that is covered.",
        ("code_coverage_null",),
        "coverage of the prior",
    ),
    "code_coverage_whitened": MetricInfo(
        "Codes covered, whitened",
        "share of codes",
        "higher",
        "The same share after codes and prior are brought to mean 0 and covariance I: how many of the codes "
        "the prior would reach at its own place, scale and tilt.",
        ("code_coverage_null",),
        "coverage of the prior",
    ),
    "prior_density": MetricInfo(
        "Density in the prior",
        "relative to the prior",
        "near 1",
        "How densely the prior's samples stand round a code, about 1 for codes drawn from the prior: "
        "less where codes lie outside it, more where they crowd in its middle.",
        ("prior_density_null",),
        "coverage of the prior",
    ),
    "prior_density_whitened": MetricInfo(
        "Density in the prior, whitened",
        "relative to the prior",
        "near 1",
        "The same density after codes and prior are brought to mean 0 and covariance I: what is left is "
        "how unevenly the codes lie, without place, scale and tilt.",
        ("prior_density_null",),
        "coverage of the prior",
    ),
    "decoded_recognised": MetricInfo(
        "Decoded prior, recognised",
        "share of images",
        "higher",
        "Share of images decoded from samples of the prior that a small classifier takes for images of the "
        "data and is more than 90 % sure of the class of. It was shown noise, blends and shuffled images as "
        "well, and calls them nothing. Real test images score the floor.",
        ("real_recognised",),
        "coverage of the prior",
    ),
    "decoded_recognised_whitened": MetricInfo(
        "Decoded fit, recognised",
        "share of images",
        "higher",
        "The same share of images decoded from samples of the prior that were first moved, widened and "
        "turned to the codes' own mean and covariance: what the decoder would draw for a prior that fits.",
        ("real_recognised",),
        "coverage of the prior",
    ),
    "decoded_class_tv": MetricInfo(
        "Decoded prior, class balance",
        "share of prior samples",
        "lower",
        "Share of the images decoded from samples of the prior that would have to change class for "
        "the classes to be as frequent as in the data (total variation).",
        group="coverage of the prior",
    ),
    "decoded_class_tv_whitened": MetricInfo(
        "Decoded fit, class balance",
        "share of samples",
        "lower",
        "The same share for samples of the prior that were first moved, widened and turned to the codes' "
        "own mean and covariance.",
        group="coverage of the prior",
    ),
    "two_sample_accuracy": MetricInfo(
        "Two-sample test",
        "accuracy",
        "lower",
        "How often a classifier trained afresh tells a code of a test image from a sample of the prior: at "
        "0.5 it guesses, at 1 no code passes for a sample.",
        ("two_sample_accuracy_null",),
        "coverage of the prior",
    ),
    "two_sample_accuracy_whitened": MetricInfo(
        "Two-sample test, whitened",
        "accuracy",
        "lower",
        "The same accuracy after codes and prior are brought to mean 0 and covariance I: whether the shape "
        "alone gives the codes away.",
        ("two_sample_accuracy_null",),
        "coverage of the prior",
    ),
    "discriminator_loss": MetricInfo(
        "Loss of its own discriminator",
        "nats",
        "near 1.386",
        "At 2 ln 2 = 1.386 the discriminator that the model was trained against guesses; far below, it "
        "tells codes from the prior. A weak discriminator guesses too: the two-sample test asks a new one.",
        group="coverage of the prior",
    ),
    "style_discriminator_loss": MetricInfo(
        "Loss of its own style discriminator",
        "nats",
        "near 1.386",
        "At 2 ln 2 = 1.386 the discriminator that the model was trained against guesses whether a style is "
        "of a code or of its prior; far below, it tells them apart. A weak one guesses too.",
        group="coverage of the prior",
    ),
    "class_discriminator_loss": MetricInfo(
        "Loss of its own class discriminator",
        "nats",
        "near 1.386",
        "At 2 ln 2 = 1.386 the discriminator that the model was trained against guesses whether a class is "
        "of a code or drawn at random; far below, it tells them apart. A weak one guesses too.",
        group="coverage of the prior",
    ),
    # Classification
    "test_error": MetricInfo(
        "Test error",
        "share of images",
        "lower",
        "Share of test images that a model which classifies by itself puts into the wrong class.",
        group="classification",
    ),
    "fine_tuned_accuracy": MetricInfo(
        "Accuracy after fine-tuning",
        "share of images",
        "higher",
        "Share of test images classified rightly by the trained encoder with a classifier on top, "
        "both trained on with labels: what learning without labels first was worth.",
        ("scratch_accuracy",),
        "classification",
    ),
    # Denoising
    "denoised_psnr": MetricInfo(
        "Denoised PSNR",
        "dB",
        "higher",
        "Peak signal-to-noise ratio of the denoised test images against the clean ones, the mean over "
        "images. A denoiser should beat the noisy image, and the linear one.",
        ("noisy_psnr", "ridge_psnr"),
        "denoising",
    ),
    "denoised_ssim": MetricInfo(
        "Denoised SSIM",
        "−1 to 1",
        "higher",
        "Structural similarity of the denoised test images to the clean ones. scikit-image's "
        "definition, uniform 7×7 window; other libraries give other numbers.",
        ("noisy_ssim",),
        "denoising",
    ),
    # Sparsity
    "living_activity": MetricInfo(
        "Active among living units",
        "share of a code",
        "",
        "Mean share of a code's entries whose size is above 1 % of its largest, units that are 0 on every "
        "test image left out: the lower, the fewer numbers do the work. The code's scale does not matter.",
        group="sparsity",
    ),
    "living_hoyer": MetricInfo(
        "Hoyer sparseness, living units",
        "0 to 1",
        "",
        "0 where all entries of a code are of one size, 1 where a single entry is not zero; the mean "
        "over the test images, units that are 0 on every one of them left out.",
        group="sparsity",
    ),
    "dead_units": MetricInfo(
        "Dead units",
        "share of the code's units",
        "lower",
        "Share of the code's units that are 0 on every test image: they were made and are never used.",
        group="sparsity",
    ),
    # Floors: they stand beside the numbers above and never alone
    "mean_image_mse": MetricInfo(
        "mean image", "per pixel", "", "Answering every image with the average one."
    ),
    "class_mean_mse": MetricInfo(
        "mean image of the class",
        "per pixel",
        "",
        "Answering every image with the average one of the class that the decoder is given.",
    ),
    "pca_mse": MetricInfo("PCA, same size", "per pixel", "", "The best linear code of as many numbers."),
    "mean_image_bce": MetricInfo(
        "mean image", "nats per pixel", "", "Answering every image with the average one."
    ),
    "pca_bce": MetricInfo(
        "PCA, same size", "nats per pixel", "", "The best linear code of as many numbers, clipped to [0, 1]."
    ),
    "bce_floor": MetricInfo(
        "perfect reconstruction", "nats per pixel", "", "Entropy of the grey pixels themselves."
    ),
    "bce_floor_nats": MetricInfo(
        "perfect reconstruction", "nats per image", "", "Entropy of the grey pixels themselves."
    ),
    "pca_psnr": MetricInfo(
        "PCA, same size", "dB", "", "The best linear code of as many numbers, clipped to [0, 1]."
    ),
    "pca_ssim": MetricInfo(
        "PCA, same size", "−1 to 1", "", "The best linear code of as many numbers, clipped to [0, 1]."
    ),
    "pca_knn_accuracy": MetricInfo(
        "PCA, same size", "share of images", "", "The same vote on PCA codes of as many numbers."
    ),
    "real_recognised": MetricInfo("real test images", "share of images", "", "The test images themselves."),
    "scratch_accuracy": MetricInfo(
        "without pretraining",
        "share of images",
        "",
        "The same network trained with the same labels from random weights.",
    ),
    "noisy_psnr": MetricInfo("noisy images", "dB", "", "The noisy images as they come."),
    "noisy_ssim": MetricInfo("noisy images", "−1 to 1", "", "The noisy images as they come."),
    "ridge_psnr": MetricInfo(
        "linear denoiser", "dB", "", "The best linear map of the noisy pixels, fitted on training images."
    ),
}
NULL, DEVIATION = "_null", "_null_sd"
"""How the names end of what a sample of the prior scores: the mean over draws, and the standard deviation."""


def _nulls() -> dict[str, MetricInfo]:
    """How to read the nulls, each with its deviation over draws."""
    found = {}
    for name in dict.fromkeys(floor for meaning in METRICS.values() for floor in meaning.floors):
        if name.endswith(NULL):
            stem = name.removesuffix(NULL)
            unit, words = METRICS[stem].unit, "As many codes drawn from the prior; the mean over draws."
            found[name] = MetricInfo("a sample of the prior", unit, "", words)
            found[stem + DEVIATION] = MetricInfo(
                "± over draws", unit, "", "Standard deviation of the null over draws."
            )
    return found


METRICS |= _nulls()
