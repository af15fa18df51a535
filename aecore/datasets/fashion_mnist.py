"""Fashion-MNIST: 70,000 pictures of clothes of 28x28 pixels (Xiao, Rasul, Vollgraf 2017; MIT licence)."""

from aecore.datasets import Dataset, Layout
from aecore.datasets._idx import IdxFiles

TITLE = "Fashion-MNIST"
CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
_files = IdxFiles(
    title=TITLE,
    classes=CLASSES,
    torchvision_name="FashionMNIST",
    sha256={
        "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    },
)
DATASET = Dataset(
    title=TITLE,
    classes=CLASSES,
    epochs=100,
    load=_files.load,
    is_present=_files.is_present,
    download=_files.download,
    layout=Layout(source="Xiao, Rasul & Vollgraf 2017, section 2"),
    image_shape=(28, 28, 1),
    test_images=10_000,
    download_bytes=26_451_395,
)
