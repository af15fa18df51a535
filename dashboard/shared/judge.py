"""The classifier that says whether a drawn image looks like one of the data: trained when it is needed."""

import functools

import streamlit as st

from aecore import datasets
from aecore.storage.settings import is_read_only
from dashboard.services import background, cached_reads, engine
from dashboard.shared.dataset_download import lack_training_images
from dashboard.shared.lack_of_labels import lack_of_labels

WHAT = (
    "The judge is a small classifier with one hidden layer, trained on the training images and their labels, "
    "and on noise, blends and shuffled images, which it is to call none of them. The decode test of the "
    "coverage table uses it too."
)


def is_ready(dataset: str) -> bool:
    """Whether images can be judged now; if not, the reason is shown, or how far the training is.

    Args:
        dataset: the data set whose classes are asked for.

    Returns:
        Whether `engine.judge_probabilities` answers at once.
    """
    title, key = cached_reads.dataset_titles()[dataset], f"judge-{dataset}"
    if not datasets.is_labelled(dataset):
        st.caption(lack_of_labels(title, "no classifier can say what these show"))
        return False
    if engine.has_judge(dataset):
        return True
    if not cached_reads.images_are_here(dataset, "train"):
        lack_training_images(
            dataset, "how sure a classifier is of these images is left out: it learns from them"
        )
        return False
    if is_read_only():
        st.caption(
            "How sure a classifier is of these images is left out: none is trained while all is only shown."
        )
        return False
    job = background.jobs().get(key)
    begin = (key, f"Classifier of {title}, once", functools.partial(engine.train_judge, dataset))
    if job and job.state in ("stopped", "failed"):
        background.show(key)
        label = "Train the classifier that judges images"
        st.button(label, key=f"train-judge-{key}", on_click=background.start, args=begin)
        return False
    background.jobs().start(*begin)
    background.show(key)
    return False
