"""`make bench`: measure, print one table per subject, and write each into the README.

`python -m benchmarks browser` measures one subject alone; a table says when and where it was measured.
"""

import sys
from datetime import date
from importlib import import_module

from benchmarks.readme import machine, markdown, write

SUBJECTS = {
    "training": "Training, MNIST, batches of 256:",
    "browser": "In the browser, headless Chromium with software WebGL:",
    "projection": "t-SNE beside scikit-learn's on the same codes:",
    "denoising": "Denoisers, Gaussian noise 0.5, first 1000 MNIST test images:",
    "linked": "Linked planes of the Compare page, one dragged for 3 s, all decoding:",
    "service": "What the training service adds to an epoch:",
    "classroom": "A classroom on one machine, server, sessions and a training together:",
}


def main() -> None:
    """Measure one subject after the other, so that none disturbs another."""
    for subject in sys.argv[1:] or SUBJECTS:
        rows = import_module(f"benchmarks.{subject}").rows()
        where = f"Measured on {machine()}, {date.today():%Y-%m-%d}, by `make bench`."
        text = "\n\n".join([SUBJECTS[subject], markdown(rows), where])
        print(text)
        write(f"bench {subject}", text)


if __name__ == "__main__":
    main()
