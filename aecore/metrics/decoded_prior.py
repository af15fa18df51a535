"""The decode test: what the judge makes of images decoded from samples of the prior."""

import numpy as np

from aecore.metrics import Metric, with_twin

ORDER = 8
SURE = 0.9


def recognised(probabilities: np.ndarray) -> np.ndarray:
    """Which images the judge recognises: takes for images of the data, and is sure of the class of.

    Args:
        probabilities: of each class, shape (n, classes). What lacks to 1 is the judge's probability that
            the image is none of the data: noise, a blend, shuffled pixels.

    Returns:
        bool (n,): whether a class is more probable than none, and one has more than 0.9 of what the
        classes have together.
    """
    some = probabilities.sum(1)
    return (some > 0.5) & (probabilities.max(1) > SURE * some)


def class_variation(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Total variation between the classes of decoded images and those of the data.

    Args:
        probabilities: as in `recognised`, of each decoded image.
        labels: classes of the data's images, integers, shape (m,).

    Returns:
        0 to 1: half the sum of differences between the shares of the most probable classes and the shares of
        the classes in the data.
    """
    classes = probabilities.shape[1]
    found = np.bincount(probabilities.argmax(1), minlength=classes) / len(probabilities)
    due = np.bincount(labels, minlength=classes) / len(labels)
    return float(0.5 * np.abs(found - due).sum())


METRICS = {
    **with_twin(
        "decoded_recognised",
        Metric(
            "Decoded prior, recognised",
            "share of images",
            "higher",
            "Share of images decoded from samples of the prior that a small classifier takes for "
            "images of the data and is more than 90 % sure of the class of. It was shown noise, "
            "blends and shuffled images as well, and calls them nothing. Real test images score the "
            "floor.",
            group="coverage of the prior",
            needs=("labels", "decoder"),
            floors=("real_recognised",),
            formula=(
                r"\frac{1}{n}\#\bigl\{i : \textstyle\sum_c p_c(x_i) > \tfrac12,\; \max_c p_c(x_i) > 0.9 "
                r"\sum_c p_c(x_i)\bigr\}"
            ),
            range="0 to 1",
            measured=(
                "n samples of the prior are decoded. The judge, one hidden layer of 256 units, is "
                "trained on the training images and, as one more class, on uniform noise, blends of two "
                "images (0.3 to 0.7) and images with shuffled pixels, half as many as images; p_c is its "
                "probability of class c, and what lacks to 1 that of none. Of uniform noise it "
                "recognises nothing. Beside it the share of real test images, which is not 1: the judge "
                "is a small one, and Fashion-MNIST's classes overlap. A decoder that is given a class "
                "gets the classes of the data."
            ),
            source="A class of its own for what is no image: Hendrycks et al. 2019, in kind.",
        ),
        compute=lambda context, ending: recognised(context.decoded(ending)).mean(),
        title="Decoded fit, recognised",
        sentence=(
            "The same share of images decoded from samples of the prior that were first moved, "
            "widened and turned to the codes' own mean and covariance: what the decoder would draw "
            "for a prior that fits."
        ),
    ),
    **with_twin(
        "decoded_class_tv",
        Metric(
            "Decoded prior, class balance",
            "share of prior samples",
            "lower",
            "Share of the images decoded from samples of the prior that would have to change class "
            "for the classes to be as frequent as in the data (total variation).",
            group="coverage of the prior",
            needs=("labels", "decoder"),
            formula=r"\tfrac12 \sum_c \bigl| f_c - g_c \bigr|",
            range="0 to 1",
            measured=(
                "f: shares of the classes that the judge finds most probable in the decoded samples, g: "
                "of the classes in the test split."
            ),
        ),
        compute=lambda context, ending: class_variation(context.decoded(ending), context.test.known_labels),
        title="Decoded fit, class balance",
        sentence=(
            "The same share for samples of the prior that were first moved, widened and turned to "
            "the codes' own mean and covariance."
        ),
        unit="share of samples",
    ),
    "real_recognised": Metric(
        "real test images",
        "share of images",
        "",
        "The test images themselves.",
        needs=("labels", "decoder"),
        compute=lambda context: recognised(context.judged(context.images)).mean(),
    ),
}
