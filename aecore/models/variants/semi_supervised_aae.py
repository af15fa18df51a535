r"""The semi-supervised adversarial autoencoder: a class and a style, and few labels (Makhzani et al. 2015).

Objective:
    $$\min_{\phi, \theta} \; \mathbb{E}_x \big[ A(x) \big] + \mu \, \mathbb{E}_{(x, y) \,\in\,
    \text{labelled}} \big[ -\log \hat y_y \big]$$
    $$A(x) = -\log p_\theta(x \mid z, \hat y) - \lambda \log D_z(z) - \lambda \log D_y(\hat y)$$
    $$(z, \hat y) = f_\phi(x)$$
    The encoder gives a style $z$ and class probabilities $\hat y$. One discriminator holds $z$ to N(0, I),
    the other holds $\hat y$ to one-hot vectors of equal shares; few labels say which class is which.
Architecture:
    The autoencoder's perceptrons with both codes at the bottleneck, and two discriminators. In training
    the encoder reads images with Gaussian noise, as in the paper, and moved by up to 2 pixels, which the
    paper does not do: hold its test error against methods that augment. The target is the clean image.
Source:
    Makhzani et al. 2015, section 5, *Semi-supervised adversarial autoencoders*.
Use it:
    With many images and few labels: the images say where the clusters are, the labels name them.
Fails:
    A cluster that no label falls into is named at random, so two classes (4 and 9) may swap and the error
    jumps: the result depends on *which* images were labelled. Give it over several draws, never for the
    best one.
See it:
    [[test_error]] of the class code, and *How it learned*: both discriminators near 2 ln 2. If the class
    discriminator has won, the classes are not one-hot and the labels were learnt by heart.
Published:
    - test error 1.90 % with 100 labels, 1.60 % with 1000 (Makhzani et al. 2015, as commonly quoted)
    - about 5 % and 15 % with 100 labels in re-implementations (musyoku/adversarial-autoencoder on GitHub,
      issues 13 and 7)
Try:
    - Pin a style and change the class beside the plane: every class in one style.
    - Select a test image that its reconstruction turns into another class: the class code was wrong.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from aecore.config import check_record, option
from aecore.latent import priors
from aecore.models import augmentation, losses, networks
from aecore.models.base import Autoencoder, Batch, Losses, Posterior
from aecore.models.modules import OwnClass
from aecore.models.prior_sampler import PriorSampler

TITLE = "Semi-supervised adversarial autoencoder"
NEEDS_LABELS = True
ORDER = 14
CLASS_FREE_CODE = True  # what tells the class from it is better low
LABELLED_BATCH = 100
CLASS_NOISE = 0.3
"""Noise that the class discriminator keeps to the end: a softmax never quite reaches a one-hot corner."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What can be chosen about a semi-supervised adversarial autoencoder."""

    hidden: tuple[int, ...] = networks.hidden_option()
    discriminator_hidden: tuple[int, ...] = option(
        (256, 256), "widths of both discriminators' hidden layers", minimum=1, maximum=8192
    )
    labels: int = option(100, "labelled training images, as many of each class", minimum=1, maximum=1_000_000)
    label_seed: int = option(0, "which images are labelled", minimum=0, maximum=2**31 - 1)
    adversarial_weight: float = option(
        10.0, "weight of each adversarial term beside the nats of reconstruction", minimum=0.0, maximum=1e4
    )
    supervised_weight: float = option(
        50.0, "weight of the labelled images' classification", minimum=0.0, maximum=1e4
    )
    instance_noise: float = option(
        0.3, "noise on the discriminators' input at the start, annealed to 0", minimum=0.0, maximum=10.0
    )
    input_noise: float = option(
        0.3, "standard deviation of the Gaussian noise on the encoder's input", minimum=0.0, maximum=2.0
    )

    shift: int = option(
        2, "pixels by which the encoder's input is moved at random; the target stays", minimum=0, maximum=16
    )

    def __post_init__(self) -> None:
        """Check every value."""
        check_record(self)


class Variant(Autoencoder):
    """The encoder says which class and which style; a discriminator for each keeps them to their priors.

    The categorical discriminator drives every image to one class and all classes to equal shares, the
    few labels say which class is which, and reconstruction keeps images that look alike together.
    """

    prior = priors.STANDARD_NORMAL
    is_conditional = True
    betas = (0.5, 0.999)

    def __init__(self, image_shape: Sequence[int], latent_dim: int, classes: int, options: Options) -> None:
        """Build the networks; see Autoencoder. The encoder gives the style first, then the classes."""
        super().__init__(image_shape, latent_dim, classes, options)
        self.labels = f"{options.labels:,} training images were given with theirs"
        self.sampler = PriorSampler(priors.STANDARD_NORMAL, latent_dim)
        self.encoder = networks.mlp_encoder(image_shape, options.hidden, latent_dim + classes)
        self.decoder = networks.mlp_decoder(image_shape, options.hidden, latent_dim, classes)
        self.style_discriminator = networks.discriminator(latent_dim, options.discriminator_hidden)
        self.class_discriminator = networks.discriminator(classes, options.discriminator_hidden)
        self.register_buffer(
            "known_images", torch.zeros(0, *image_shape, dtype=torch.uint8), persistent=False
        )
        self.register_buffer("known_labels", torch.zeros(0, dtype=torch.int64), persistent=False)

    def prepare(self, train: Batch, generator: Generator) -> None:
        """Choose the labelled images, as many of each class; see Autoencoder."""
        chooser = torch.Generator().manual_seed(self.options.label_seed)
        labels = train.known_labels.cpu()
        order = torch.randperm(len(labels), generator=chooser)
        rank = torch.zeros_like(labels)  # of each image among those of its class
        for label in range(self.classes):
            members = order[labels[order] == label]
            rank[members] = torch.arange(len(members))
        chosen = (rank[order] * self.classes + labels[order]).argsort()[: self.options.labels]
        rows = order[chosen].to(train.images.device)
        self.known_images, self.known_labels = train.images[rows], train.known_labels[rows]

    def _encoded(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Style (batch, d) and log-odds of the classes (batch, classes)."""
        style, logits = self.encoder(images).split([self.latent_dim, self.classes], 1)
        return style, logits

    def posterior(self, images: Tensor) -> Posterior:
        """The style code; see Autoencoder."""
        return Posterior(self._encoded(images)[0])

    def code_layers(self) -> list[nn.Module]:
        """The style, and the class that the encoder itself sees; see Autoencoder."""
        return [OwnClass(self.latent_dim)]

    def classify(self, images: Tensor) -> Tensor:
        """Log-odds of the classes; see Autoencoder."""
        return self._encoded(images)[1]

    def conditions(self, batch: Batch) -> Tensor:
        """The class that the encoder itself sees in each image; see Autoencoder."""
        return self.classify(batch.images).argmax(1)

    def losses(self, batch: Batch, generator: Generator, progress: float) -> Losses:
        """Reconstruction, both adversarial games, and the labelled images; see Autoencoder."""
        options, count = self.options, len(batch.images)
        style, logits = self._encoded(self._augment(batch.images, generator))
        classes = logits.softmax(1)
        logits = self.decoder(torch.cat([style, classes], 1))
        reconstruction = losses.bernoulli_nll(logits, batch.images).mean()
        blur = options.instance_noise * (1.0 - progress)
        adversarial, style_discriminator = losses.adversarial_pair(
            self.style_discriminator, style, self.sampler(count, generator), blur, generator
        )
        drawn = torch.randint(self.classes, (count,), generator=generator, device=style.device)
        class_adversarial, class_discriminator = losses.adversarial_pair(
            self.class_discriminator,
            classes,
            F.one_hot(drawn, self.classes).float(),
            max(blur, CLASS_NOISE),
            generator,
        )
        classification = self._classification(batch, generator)
        return Losses(
            {
                "autoencoder": reconstruction
                + options.adversarial_weight * (adversarial + class_adversarial)
                + options.supervised_weight * classification,
                "style_discriminator": style_discriminator,
                "class_discriminator": class_discriminator,
            },
            {
                "reconstruction": reconstruction,
                "adversarial": adversarial,
                "class_adversarial": class_adversarial,
                "classification": classification,
                "style_discriminator": style_discriminator,
                "class_discriminator": class_discriminator,
            },
        )

    def _augment(self, images: Tensor, generator: Generator) -> Tensor:
        """What the encoder reads in training: images moved a little, with Gaussian noise.

        The noise is the paper's (its appendix); the moving is not: see docs/protocol.md.
        """
        if not self.training:
            return images
        moved = augmentation.move(images, self.options.shift, generator)
        blur = torch.randn(images.shape, generator=generator, device=images.device)
        return moved + self.options.input_noise * blur

    def _classification(self, batch: Batch, generator: Generator) -> Tensor:
        """Cross-entropy on a draw of the labelled images; when measured, on the batch itself."""
        if not self.training:
            return F.cross_entropy(self.classify(batch.images), batch.known_labels)
        known = len(self.known_labels)
        rows = torch.randint(
            known, (min(known, LABELLED_BATCH),), generator=generator, device=generator.device
        )
        images = self.known_images[rows].float() / 255
        return F.cross_entropy(self.classify(self._augment(images, generator)), self.known_labels[rows])

    def parameter_groups(self) -> dict[str, Iterable[nn.Parameter]]:
        """Encoder and decoder against both discriminators; see Autoencoder."""
        return {
            "autoencoder": [*self.encoder.parameters(), *self.decoder.parameters()],
            "style_discriminator": self.style_discriminator.parameters(),
            "class_discriminator": self.class_discriminator.parameters(),
        }
