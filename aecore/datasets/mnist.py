"""MNIST: 70,000 handwritten digits of 28x28 pixels (LeCun, Cortes, Burges 1998; CC BY-SA 3.0)."""

from aecore.datasets import Dataset, Layout
from aecore.datasets._idx import IdxFiles

TITLE = "MNIST"
CLASSES = tuple(str(digit) for digit in range(10))
_files = IdxFiles(
    title=TITLE,
    classes=CLASSES,
    torchvision_name="MNIST",
    sha256={
        "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
)
DATASET = Dataset(
    title=TITLE,
    classes=CLASSES,
    epochs=100,
    load=_files.load,
    is_present=_files.is_present,
    download=_files.download,
    layout=Layout(
        box=20, centre="mass", is_stretched=True, source="LeCun, Bottou, Bengio & Haffner 1998, section III.A"
    ),
    image_shape=(28, 28, 1),
    test_images=10_000,
    download_bytes=9_941_303,
)
