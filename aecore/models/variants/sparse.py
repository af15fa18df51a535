r"""The sparse autoencoder: few units of the code may be active for any one image (Ng 2011).

Objective:
    $$\min_{\phi, \theta} \; \mathbb{E}_x \big[ -\log p_\theta(x \mid z) \big] + \lambda \, \mathbb{E}_x
    \lVert z \rVert_1$$
    $$z = f_\phi(x) \ge 0, \qquad \lVert w_j \rVert = 1$$
    $w_j$ is the column of the decoder's first layer that unit $j$ writes with. As options: the KL of each
    unit's mean activity from a target share, or only the $k$ largest units kept (top-k, no penalty).
Architecture:
    The autoencoder's perceptrons; the code is rectified (logistic for the KL penalty), so that *inactive*
    means exactly 0, and the decoder's first columns are brought back to unit length after every step.
Source:
    Ng 2011, CS294A lecture notes (KL to a target); Lee, Battle, Raina & Ng 2007 (L1, unit columns), after
    Olshausen & Field 1996; Makhzani & Frey 2014 (top-k, its number of
    units lowered during training lest they die).
Use it:
    With more units than you need, when each shall mean something of its own: the few active ones are a
    parts list of the image.
Fails:
    Without unit columns the penalty is a fake: the encoder shrinks its codes, the decoder grows its
    weights, the penalty falls and no unit is less active. Most tutorials print just that. Too high a
    weight, or too few units kept from the start, kills units for good; a code of living units that are all
    active is not sparse, however many are dead. Two numbers cannot be sparse and tell ten classes apart.
See it:
    [[living_activity]] and [[living_hoyer]], with [[dead_units]] beside them. At z = 32 the shipped runs
    keep the 10 largest units, and fewer than half of the living ones are active; at z = 2 nearly all are.
    *Units by class* shows which classes a unit speaks for.
Published:
    - Loss 0.10 per pixel with 32 numbers, of which 0.01 is the penalty (Keras blog, Chollet
      2016; columns not normalised)
Try:
    - At z = 2, follow one axis outwards: only one unit speaks. Then leave the axis: do both mix?
    - At z = 32, select a test image, and push one slider from 0 upwards: that unit's part appears.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from aecore.config import check_record, option
from aecore.models import losses, networks
from aecore.models.base import Autoencoder, Batch, Losses, Posterior
from aecore.models.modules import TopK

TITLE = "Sparse autoencoder"


@dataclass(frozen=True, kw_only=True)
class Options:
    """What can be chosen about a sparse autoencoder."""

    hidden: tuple[int, ...] = networks.hidden_option()
    penalty: str = option("l1", "what makes the code sparse", choices=("l1", "kl", "top_k"))
    weight: float = option(
        0.2, "weight of the l1 or kl penalty beside the nats of reconstruction", minimum=0.0, maximum=1e4
    )
    warm_up: float = option(
        0.5,
        "share of the training over which the penalty rises or top_k's units fall, or units die",
        minimum=0,
        maximum=1,
    )
    target: float = option(0.1, "kl: share of images a unit is active for", minimum=1e-3, maximum=0.999)
    active: int = option(8, "top_k: units that stay active for an image", minimum=1, maximum=1024)

    def __post_init__(self) -> None:
        """Check every value."""
        check_record(self)


class Variant(Autoencoder):
    """Pays for activity, with decoder columns of unit length, so that shrinking codes is no way out.

    The units are rectified (l1, top_k) or logistic (kl), so that inactive means 0. Without the unit
    columns the encoder would halve its codes and the decoder double its weights, at half the price.
    """

    def __init__(self, image_shape: Sequence[int], latent_dim: int, classes: int, options: Options) -> None:
        """Build the networks; see Autoencoder."""
        super().__init__(image_shape, latent_dim, classes, options)
        self.encoder = networks.mlp_encoder(image_shape, options.hidden, latent_dim)
        self.decoder = networks.mlp_decoder(image_shape, options.hidden, latent_dim)
        self.constrain_parameters()

    def posterior(self, images: Tensor) -> Posterior:
        """The sparse code of each image; see Autoencoder."""
        return Posterior(self._codes(images, 1.0))

    def code_layers(self) -> list[nn.Module]:
        """The activity, in a finished model; see Autoencoder."""
        options = self.options
        if options.penalty == "kl":
            return [nn.Sigmoid()]
        is_cut = options.penalty == "top_k" and options.active < self.latent_dim
        return [nn.ReLU(), *([TopK(options.active)] if is_cut else [])]

    def losses(self, batch: Batch, generator: Generator, progress: float) -> Losses:
        """Reconstruction and what the activity costs; see Autoencoder."""
        ramp = min(1.0, progress / self.options.warm_up if self.options.warm_up else 1.0)
        codes = self._codes(batch.images, ramp)
        reconstruction = losses.bernoulli_nll(self.decoder(codes), batch.images).mean()
        if self.options.penalty == "top_k":
            return Losses({"autoencoder": reconstruction}, {"reconstruction": reconstruction})
        weight = self.options.weight * ramp
        if self.options.penalty == "l1":
            sparsity = weight * codes.abs().sum(1).mean()
        else:
            sparsity = weight * losses.bernoulli_kl(codes, self.options.target)
        return Losses(
            {"autoencoder": reconstruction + sparsity},
            {"reconstruction": reconstruction, "sparsity": sparsity},
        )

    def _codes(self, images: Tensor, ramp: float) -> Tensor:
        """The code of each image.

        Args:
            images: pixels in [0, 1], shape (batch, c, h, w).
            ramp: 0 to 1, how much of the sparsity is asked for: top_k begins with every unit and lets
                ever fewer stay, so that each has learned something before it must win its place.

        Returns:
            Activities, shape (batch, latent_dim), never negative.

        Source: Makhzani & Frey 2014, who schedule the sparsity level lest units die.
        """
        activity = self.encoder(images)
        if self.options.penalty == "kl":
            return activity.sigmoid()
        activity, width = activity.relu(), activity.shape[1]
        kept = round(width + ramp * (self.options.active - width))
        if self.options.penalty == "l1" or kept >= width:
            return activity
        values, units = activity.topk(kept, dim=1)
        return torch.zeros_like(activity).scatter(1, units, values)

    @torch.no_grad()
    def constrain_parameters(self) -> None:
        """Bring every column of the decoder's first layer to length 1; see Autoencoder."""
        first = next(layer for layer in self.decoder if isinstance(layer, nn.Linear))
        first.weight.copy_(F.normalize(first.weight, dim=0))
