r"""The stacked denoising autoencoder: pretrained layer by layer, then as a whole (Vincent et al. 2010).

Objective:
    $$\min_{\phi_l, \theta_l} \; \mathbb{E} \; \ell \big( h_{l-1}, \; g_{\theta_l}(f_{\phi_l}(\tilde
    h_{l-1})) \big), \quad l = 1, 2, \dots$$
    $$\min_{\phi, \theta} \; \mathbb{E} \big[ -\log p_\theta(x \mid f_\phi(\tilde x)) \big]$$
    $$\min_{\phi, \theta, c} \; \mathbb{E} \big[ -\log p_\theta(x \mid z) - \lambda \log p_c(y \mid z)
    \big]$$
    Each layer learns to undo masking noise in what the layer below gives, $h_{l-1}$; then all layers do so
    together; last, a linear classifier on the code learns the label $y$ and draws the encoder after it.
Architecture:
    The autoencoder's perceptrons and one linear layer from the code to the classes. Every stage trains its
    own part and has its own curves.
Source:
    Vincent, Larochelle, Lajoie, Bengio & Manzagol 2010, *Stacked denoising autoencoders*.
Use it:
    To learn how deep networks were first made to train, and where labels are few but images are many. With
    ReLU and Adam the pretraining is no longer needed to make the optimiser work.
Fails:
    The last stage pulls the code towards the labels: classes become narrow rays, and what told two sevens
    apart is lost. A layer-wise optimum is not a joint one, which is why all layers are trained together
    before and while labels come in.
See it:
    The stages are marked in *How it learned*. On the plane the classes are rays with empty wedges between
    them. This plane has seen labels: do not hold its [[knn_accuracy]] against an
    unsupervised one.
Published:
    - test error 1.28 % (Vincent et al. 2010, as commonly quoted)
Try:
    - Decode along a ray: far from the middle the classifier is sure and the images are all alike.
    - Find images of one class on another's ray, and select them: these are the classifier's errors.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from aecore.config import check_record, option
from aecore.corruptions import NoiseRange
from aecore.errors import BadValue
from aecore.models import losses, networks
from aecore.models.base import Autoencoder, Batch, Losses, Stage
from aecore.models.modules import BottleneckLinear
from aecore.models.noise import corrupt

TITLE = "Stacked denoising autoencoder"
ORDER = 11
LEAST_STEPS = 600
"""120 epochs on digits: MSE 0.049 to 0.051 over three seeds, PCA 0.0525; at 100 two of three are behind."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What can be chosen about a stacked denoising autoencoder."""

    hidden: tuple[int, ...] = networks.hidden_option()
    level: float = option(
        0.25, "share of a layer's inputs that are masked in training", minimum=0.0, maximum=0.95
    )
    pretraining: float = option(0.3, "share of the epochs for the layers, one by one", minimum=0.0, maximum=1)
    unsupervised: float = option(
        0.3, "share of the epochs for the whole stack without labels", minimum=0.0, maximum=1.0
    )
    supervised_weight: float = option(
        100.0, "weight of the classification beside the nats of reconstruction", minimum=0.0, maximum=1e4
    )

    def __post_init__(self) -> None:
        """Check every value; what the first two shares leave is the supervised stage."""
        check_record(self)
        if self.pretraining + self.unsupervised > 1:
            allowed = f"at most {1 - self.pretraining:.6g}, what pretraining leaves"
            raise BadValue("unsupervised", self.unsupervised, allowed)


class Variant(Autoencoder):
    """Each layer learns to undo noise in the one below; then all layers together; then the labels.

    The supervised stage classifies from the latent code by one linear layer, and goes on
    reconstructing, so that the decoder still draws what the fine-tuned encoder means. Where the images have
    no labels, its epochs are the unsupervised stage's.
    """

    def __init__(self, image_shape: Sequence[int], latent_dim: int, classes: int, options: Options) -> None:
        """Build the networks; see Autoencoder."""
        names = [f"layer {number + 1}" for number in range(len(options.hidden) + 1)]
        left = max(0.0, round(1.0 - options.pretraining - options.unsupervised, 6))
        supervised = left if classes else 0.0
        shares = {name: options.pretraining / len(names) for name in names}
        shares |= {"unsupervised": options.unsupervised + left - supervised, "supervised": supervised}
        self.stages = tuple(Stage(name, share) for name, share in shares.items() if share > 0)
        super().__init__(image_shape, latent_dim, classes, options)
        self.noise = NoiseRange("masking", options.level, options.level)
        self.labels = "the last training stage learns it" if supervised else ""
        self.encoder = networks.mlp_encoder(image_shape, options.hidden, latent_dim)
        self.decoder = networks.mlp_decoder(image_shape, options.hidden, latent_dim)
        self.classifier = BottleneckLinear(latent_dim, classes) if classes else None

    def classify(self, images: Tensor) -> Tensor | None:
        """Log-odds of the classes, from the latent code, once that has been trained; see Autoencoder."""
        if self.classifier is None or self.stage != "supervised":
            return None
        return self.classifier(self.encoder(images))

    def parameter_groups(self) -> dict[str, Iterable[nn.Parameter]]:
        """One layer and its mirror while they are pretrained, all layers afterwards; see Autoencoder."""
        if self.stage == "supervised":
            return {"autoencoder": self.parameters()}
        if self.stage == "unsupervised":
            return {"autoencoder": [*self.encoder.parameters(), *self.decoder.parameters()]}
        layer, mirror = self._layers()
        return {"autoencoder": [*layer.parameters(), *mirror.parameters()]}

    def losses(self, batch: Batch, generator: Generator, progress: float) -> Losses:
        """What the stage is about; see Autoencoder."""
        if self.stage not in ("unsupervised", "supervised"):
            reconstruction = self._layer_loss(batch.images, generator).mean()
            return Losses({"autoencoder": reconstruction}, {"reconstruction": reconstruction})
        assert self.noise is not None, "it was given when the model was made"
        codes = self.encoder(corrupt(batch.images, self.noise.kind, self.noise.highest, generator))
        reconstruction = losses.bernoulli_nll(self.decoder(codes), batch.images).mean()
        if self.classifier is None or self.stage == "unsupervised":
            return Losses({"autoencoder": reconstruction}, {"reconstruction": reconstruction})
        classification = F.cross_entropy(self.classifier(codes), batch.known_labels)
        return Losses(
            {"autoencoder": reconstruction + self.options.supervised_weight * classification},
            {"reconstruction": reconstruction, "classification": classification},
        )

    def _layers(self) -> tuple[nn.Linear, nn.Linear]:
        """The linear layer of the encoder that the stage pretrains, and its mirror in the decoder."""
        layers, mirrors = (
            [layer for layer in network.children() if isinstance(layer, nn.Linear)]
            for network in (self.encoder, self.decoder)
        )
        index = int(self.stage.split()[1]) - 1
        return layers[index], mirrors[-1 - index]

    def _layer_loss(self, images: Tensor, generator: Generator) -> Tensor:
        """Denoising of what the layers below make of the images, by one layer and its mirror."""
        layer, mirror = self._layers()
        inwards = list(self.encoder.children())
        below = inwards[: inwards.index(layer)]
        with torch.no_grad():
            clean = nn.Sequential(*below)(images)
        kept = torch.rand(clean.shape, generator=generator, device=clean.device) >= self.options.level
        hidden = layer(clean * kept)
        drawn = mirror(hidden if layer is inwards[-1] else hidden.relu())
        if isinstance(below[-1], nn.Flatten):
            return losses.bernoulli_nll(drawn, clean)
        return losses.squared_error(drawn.relu(), clean.float())
