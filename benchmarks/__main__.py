"""`make bench`: measure, print one table per subject, and write each into docs/speed.md.

`python -m benchmarks browser` measures one subject alone; a table says when and where it was measured.
"""

import sys
from datetime import date
from importlib import import_module

from benchmarks.tables import SPEED, machine, markdown, write

SUBJECTS = {
    "training": "Training, MNIST, batches of 256:",
    "browser": "In the browser, headless Chromium with software WebGL:",
    "decoding": "Decoding colour images by size, headless Chromium: one forward pass by itself, of decoders "
    "as wide as they are by default, and from the pointer to the painted image in a drag of 3 s:",
    "projection": "t-SNE beside scikit-learn's on the same codes:",
    "denoising": "Denoisers, Gaussian noise 0.5 clipped to [0, 1], means over the first 1000 MNIST test "
    "images. Filters have the parameters that did best on 100 training images; a debias is a map of "
    "brightness fitted on the same 100: affine, or monotone (isotonic regression). Models need none. PSNR "
    "and SSIM: higher is better; time: lower is:",
    "linked": "Linked planes of the Compare page, one dragged for 3 s, all decoding:",
    "rewind": "Rewinds of MNIST's VAE over twelve epochs, playing in a loop:",
    "service": "What the training service adds to an epoch: a VAE on one thread, epochs of the bare loop and "
    "of the service by turns, twenty turns each for MNIST and forty for digits; the parts are shares of a "
    "bare epoch, and files are written beside the next epoch's training:",
    "classroom": "A classroom, all of it on one machine: thirty sessions explore every shipped run and act "
    "every 3 to 9 s, while MNIST's VAE trains and one more page follows it. 28 of them speak Streamlit's "
    "protocol and draw nothing, two are real pages in headless Chromium with software WebGL; below, all "
    "thirty are real. The server has answered when the script has finished and all of its output has come; a "
    "picture is there when the new run's first decoded image, or the tab's numbers, are painted:",
    "screens": "A first visit, page by page: the share of the window that planes take without scrolling, the "
    "sum of all layout shifts (good: under 0.1), the seconds until the first decoded image, what travels, "
    "web socket included, and rules of axe-core that are seriously broken, in light or dark. The server is "
    "warm, the browser is not:",
    "another_run": "Choosing another of the shipped runs on Explore, in random order, with one browser and a "
    "server that nobody else uses: from the press of the button to its first decoded image:",
    "large": "A first visit to the plane of 10,000 test images of 64 × 64 in colour (sprites with noise), "
    "trained for one epoch, at 1280 × 720: the seconds until the first decoded image and what travels, web "
    "socket included; then those until the original of a chosen dot stands there, and what has travelled "
    "when all thumbnails are there too. The server is warm, the browser is not:",
    "standalone": "Runs saved as a page (`aecore page`) with the codes of all test images, no originals, "
    "opened from a disk at 1360 × 1000. Aims, for a perceptron by itself: at most 2 MB, at least 55 images a "
    "second, at most 16 ms:",
    "imports": "Pictures that come in, decoded in processes of their own within bounds on time and memory. A "
    "core's rate counts all that these processes compute, their start included; the plain loop reads bytes "
    "from memory and checks nothing:",
    "crowd": "A crowd, all of it on one machine: forty sessions press Train within three seconds, beside a "
    "queue that their pages show and look at by themselves, while sixty others explore. They speak "
    "Streamlit's protocol and draw nothing. A press is answered by a training of its own or by a sentence:",
}


def main() -> None:
    """Measure one subject after the other, so that none disturbs another."""
    for subject in sys.argv[1:] or SUBJECTS:
        rows = import_module(f"benchmarks.{subject}").rows()
        where = f"Measured on {machine()}, {date.today():%Y-%m-%d}, by `make bench`."
        text = "\n\n".join([SUBJECTS[subject], markdown(rows), where])
        print(text)
        write(SPEED, f"bench {subject}", text)


if __name__ == "__main__":
    main()
