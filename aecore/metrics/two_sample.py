"""The classifier two-sample test; `evaluation.two_sample` trains the classifier."""

from aecore.metrics import Metric, with_twin

ORDER = 9


METRICS = {
    **with_twin(
        "two_sample_accuracy",
        Metric(
            "Two-sample test",
            "accuracy",
            "lower",
            "How often a classifier trained afresh tells a code of a test image from a sample of the "
            "prior: at 0.5 it guesses, at 1 no code passes for a sample.",
            group="coverage of the prior",
            floors=("two_sample_accuracy_null",),
            range="about 0.5 to 1",
            measured=(
                "A network of two hidden layers of 128 units is trained for 400 steps on up to 20,000 "
                "codes of training images and as many samples of the prior, then asked about the codes "
                "of the n test images and as many other samples. The null is 0.5, and by chance the "
                "accuracy is off by 0.35 / sqrt(n): 0.0035 for 10,000 codes, 0.014 for the digits. A "
                "second of one processor, seed 0."
            ),
            needs=("training",),
            source="Lopez-Paz & Oquab 2017.",
        ),
        compute=lambda context, ending: context.two_sample["two_sample_accuracy" + ending],
        title="Two-sample test, whitened",
        sentence=(
            "The same accuracy after codes and prior are brought to mean 0 and covariance I: whether "
            "the shape alone gives the codes away."
        ),
    ),
}
