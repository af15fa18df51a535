"""What a page says where the images of a data set have no labels."""

from dashboard.shared.plain_text import as_text


def lack_of_labels(title: str, consequence: str) -> str:
    """What a page leaves out of a data set without labels.

    Args:
        title: of the data set.
        consequence: what is so, as the end of a sentence.

    Returns:
        The sentence.
    """
    return f"The images of {as_text(title)} have no labels, so {consequence}."
