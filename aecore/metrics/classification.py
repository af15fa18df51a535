"""Classification: what a model, or a classifier on top of it, makes of the test images."""

from aecore.metrics import Metric

ORDER = 11


METRICS = {
    "test_error": Metric(
        "Test error",
        "share of images",
        "lower",
        "Share of test images that a model which classifies by itself puts into the wrong class.",
        group="classification",
        needs=("labels", "classifier"),
        compute=lambda context: context.test_error(),
        range="0 to 1",
    ),
    "fine_tuned_accuracy": Metric(
        "Accuracy after fine-tuning",
        "share of images",
        "higher",
        "Share of test images classified rightly by the trained encoder with a classifier on "
        "top, both trained on with labels: what learning without labels first was worth.",
        group="classification",
        floors=("scratch_accuracy",),
        range="0 to 1",
        measured="Encoder and a linear layer on its code, trained on all labels.",
    ),
    "scratch_accuracy": Metric(
        "without pretraining",
        "share of images",
        "",
        "The same network trained with the same labels from random weights.",
    ),
}
