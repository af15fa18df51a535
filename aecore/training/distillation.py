"""Compaction: a rewind of a few hundred kilobytes, its decoders imitated by small ones.

The shipped runs have no room for the decoder of every kept epoch, 1 MB each. A small one takes its place:

1. **Prune.** Of each hidden layer the units are kept that span what it says about the images, found by a
   QR decomposition with pivoting of their activations; the weights between them are fitted anew by
   least squares.
2. **Share.** The last layer is a basis of log-odds images that all epochs have in common: the principal
   components of what they draw, their saturated pixels cut off, weighted by the slope of the sigmoid.
3. **Distil** (Hinton et al. 2015). All epochs are trained together, by Adam, on the images that each
   epoch's own decoder draws at its codes and at even positions in the window of its plane.
4. **Round** to eight bits, each row of a wide matrix with a scale of its own.

The error that is left is measured at codes that were not used, and stored with each epoch. The last epoch
needs none of this: the run's own decoder is its decoder.

What it is for: three shipped rewinds take 1.6 MB in place of 42, so that the first one anybody sees needs no
training.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.linalg
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aecore.decoder import Decoder, Record
from aecore.errors import BadValue
from aecore.storage.replay import Rewind
from aecore.storage.snapshots import FORMAT, nearest_epochs
from aecore.storage.tensors import Arrays, as_array, dequantised, halved, quantised

EPOCHS, CODES = 12, 2000
STEPS, BATCH, LEARNING_RATE = 2000, 512, 3e-3
RANK = 96
WIDTHS = ((64, 64), (96, 96), (128, 128), (192, 160), (256, 192))
"""Units kept of the first hidden layer and of each further one; the first pair that is near enough."""
NEAR = 6 / 255
"""Root mean square error of a pruned decoder from which training reaches about half."""
HELD_OUT = 5
"""One code in so many is kept back to measure the error at."""
MARGIN = 0.2
SATURATED = 5.0
SLOPE_FLOOR, RIDGE = 0.02, 1e-4
WIDE_ROW = 16

Report = Callable[[float, str], None]


@dataclass(frozen=True)
class _Lesson:
    """What one epoch's small decoder learns from: the epoch's own decoder, and where it is asked.

    Attributes:
        epoch: its number.
        teacher: weight and bias of each linear layer.
        positions: latent positions to fit, (n, d).
        images: what the teacher draws there, (n, pixels).
        held_out: latent codes to measure at, (m, d).
    """

    epoch: int
    teacher: list[tuple[Tensor, Tensor]]
    positions: Tensor
    images: Tensor
    held_out: Tensor


def compact(
    source: Rewind,
    truth: np.ndarray | None = None,
    *,
    epochs: int = EPOCHS,
    codes: int = CODES,
    steps: int = STEPS,
    seed: int = 0,
    report: Report | None = None,
) -> Arrays:
    """A rewind in a twentieth of the space.

    Args:
        source: the rewind of a finished run with every decoder as it was; that of the last epoch is
            the run's own and is left out.
        truth: the test images, uint8 (n, h, w, c): where the rewind does not know an epoch's error, it
            is measured on them.
        epochs: how many of its epochs to keep at most.
        codes: how many codes of each epoch to keep at most, evenly from the test split.
        steps: of the training of the small decoders.
        seed: of positions and batches.
        report: called with the share done, 0 to 1, and what is being done.

    Returns:
        Arrays as in a rewind's file, to be kept as a derived result.

    Raises:
        BadValue: if the decoder is not made of linear layers with relu between them, or if less than two
            epochs are kept.
    """
    report = report or (lambda share, note: None)
    kept = nearest_epochs(source.epochs, epochs)
    if len(kept) < 2:
        raise BadValue("epochs", len(kept), "at least 2, the last one among them")
    generator = torch.Generator().manual_seed(seed)
    lessons = []
    for index, epoch in enumerate(kept[:-1]):
        report(0.2 * index / len(kept), f"asking the decoder of epoch {epoch}")
        lessons.append(_lesson(source, epoch, generator))
    basis = _basis(lessons)
    students = [_pruned(lesson, basis) for lesson in lessons]
    _distil(students, basis, lessons, steps, generator, lambda share, note: report(0.2 + 0.8 * share, note))
    errors = dict(zip(source.epochs, source.test_errors, strict=True))
    if truth is not None and source.rows is None:
        unknown = [epoch for epoch in kept if errors[epoch] is None]
        errors |= {epoch: _test_error(source, epoch, truth) for epoch in unknown}
    return _arrays(source, kept, codes, errors, lessons, students, basis)


def _linear_layers(decoder: Decoder) -> list[tuple[Tensor, Tensor]]:
    """Weight and bias of each linear layer of an MLP, float32."""
    kinds = [layer["type"] for layer in decoder.layers]
    count = kinds.count("linear")
    hidden = ["linear", "relu"] * (count - 1) + ["linear"]
    if count < 2 or kinds[: len(hidden)] != hidden or set(kinds[len(hidden) :]) - {"unflatten", "sigmoid"}:
        raise BadValue("decoder", ", ".join(kinds), "linear layers with relu between them, and a sigmoid")
    linear = [layer for layer in decoder.layers if layer["type"] == "linear"]
    pairs = [[decoder.tensors[layer[part]] for part in ("weight", "bias")] for layer in linear]
    return [(torch.tensor(weight).float(), torch.tensor(bias).float()) for weight, bias in pairs]


def _test_error(source: Rewind, epoch: int, truth: np.ndarray) -> float:
    """Mean squared error per pixel of what an epoch's own decoder makes of its codes."""
    linear = _linear_layers(source.decoder(epoch))
    images = torch.sigmoid(_log_odds(linear, torch.tensor(source.codes(epoch))))
    wanted = torch.tensor(truth).permute(0, 3, 1, 2).flatten(1) / 255
    return float((images - wanted).square().mean())


def _log_odds(linear: Sequence[tuple[Tensor, Tensor]], positions: Tensor) -> Tensor:
    for weight, bias in linear[:-1]:
        positions = F.relu(F.linear(positions, weight, bias))
    return F.linear(positions, *linear[-1])


def _lesson(source: Rewind, epoch: int, generator: torch.Generator) -> _Lesson:
    """Ask an epoch's own decoder at most codes, and at as many even positions in the plane's window."""
    teacher = _linear_layers(source.decoder(epoch))
    found = torch.tensor(source.codes(epoch))
    is_held_out = torch.arange(len(found)) % HELD_OUT == HELD_OUT // 2
    low, high = torch.quantile(found, torch.tensor([0.005, 0.995]), 0)
    margin = MARGIN * (high - low)
    random = torch.rand(int((~is_held_out).sum()), found.shape[1], generator=generator)
    positions = torch.cat([found[~is_held_out], low - margin + random * (high - low + 2 * margin)])
    images = torch.sigmoid(_log_odds(teacher, positions))
    return _Lesson(epoch, teacher, positions, images, found[is_held_out])


def _cut_log_odds(images: Tensor) -> tuple[Tensor, Tensor]:
    """Log-odds of images, saturated ones cut off, and the root of the sigmoid's slope in each pixel."""
    log_odds = torch.logit(images).clamp(-SATURATED, SATURATED)
    return log_odds, (images * (1 - images) + SLOPE_FLOOR).mean(0).sqrt()


def _basis(lessons: Sequence[_Lesson]) -> Tensor:
    """The log-odds images (rank, pixels) that the drawn ones are best put together from."""
    pixels = lessons[0].images.shape[1]
    slope = torch.stack([_cut_log_odds(lesson.images)[1] for lesson in lessons]).mean(0)
    second = torch.zeros(pixels, pixels)
    for lesson in lessons:
        weighted = _cut_log_odds(lesson.images)[0] * slope
        second += weighted.T @ weighted / len(weighted)
    values, vectors = torch.linalg.eigh(second / len(lessons))
    rank = min(RANK, pixels)
    strength = values[-rank:].clamp_min(1e-6).sqrt().sqrt()  # half of it here, half in the coefficients
    return (vectors[:, -rank:] * strength).T / slope


@torch.no_grad()
def _pruned(lesson: _Lesson, basis: Tensor) -> list[nn.Linear]:
    """An epoch's decoder with fewer units: those of the first widths that come near enough."""
    student: list[nn.Linear] = []
    for first, further in WIDTHS:
        widths = [first] + [further] * (len(lesson.teacher) - 2)
        student = _pruned_to(widths, lesson, basis)
        drawn = _drawn(student, basis, lesson.positions)
        if float((drawn - lesson.images).square().mean().sqrt()) <= NEAR:
            break
    return student


def _pruned_to(widths: Sequence[int], lesson: _Lesson, basis: Tensor) -> list[nn.Linear]:
    """Its hidden layers at these widths, and a last layer to coefficients of the basis."""
    layers, values, units = [], lesson.positions, lesson.positions
    chosen = torch.arange(units.shape[1])
    following = [weight for weight, _ in lesson.teacher[1:]]
    for width, (weight, bias), after in zip(widths, lesson.teacher[:-1], following, strict=True):
        before = F.linear(units, weight, bias)
        picked = _spanning(F.relu(before) * after.norm(dim=0), width)
        is_whole = len(chosen) == weight.shape[1]
        if is_whole:
            layers.append(_linear(weight[picked][:, chosen], bias[picked]))
        else:
            layers.append(_linear(*_least_squares(values, before[:, picked])))
        units, chosen = F.relu(before), picked
        values = F.relu(layers[-1](values))
    log_odds, slope = _cut_log_odds(lesson.images)
    target, _ = _least_squares((basis * slope).T, (log_odds * slope).T, with_bias=False)
    return [*layers, _linear(*_least_squares(values, target))]


def _spanning(activations: Tensor, count: int) -> Tensor:
    """The units, in order, whose activations (n, units) best span those of all."""
    if count >= activations.shape[1]:
        return torch.arange(activations.shape[1])
    some = activations[:: max(1, len(activations) // 4000)].numpy()
    _, order = scipy.linalg.qr(some, mode="r", pivoting=True)
    return torch.tensor(np.sort(order[:count]))


def _least_squares(values: Tensor, target: Tensor, with_bias: bool = True) -> tuple[Tensor, Tensor]:
    """Weight (b, a) and bias (b,) that bring values (n, a) closest to a target (n, b).

    By the normal equations: `torch.linalg.lstsq` does not give the same bits every time.
    """
    extended = torch.cat([values, torch.full((len(values), 1), float(with_bias))], 1).double()
    second = extended.T @ extended / len(values)
    ridge = RIDGE * second.diagonal().mean() * torch.eye(len(second), dtype=torch.float64)
    solution = torch.linalg.solve(second + ridge, extended.T @ target.double() / len(values)).float()
    return solution[:-1].T.contiguous(), solution[-1]


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    layer = nn.utils.skip_init(nn.Linear, weight.shape[1], weight.shape[0])
    assert isinstance(layer, nn.Linear), "as asked; its annotation says less"
    with torch.no_grad():
        layer.weight.copy_(weight)
        layer.bias.copy_(bias)
    return layer


def _drawn(student: Sequence[nn.Linear], basis: Tensor, positions: Tensor) -> Tensor:
    """Pixels in [0, 1] of latent positions by a small decoder, (n, pixels)."""
    linear = [(layer.weight, layer.bias) for layer in student]
    return torch.sigmoid(_log_odds(linear, positions) @ basis)


def _distil(
    students: Sequence[Sequence[nn.Linear]],
    basis: Tensor,
    lessons: Sequence[_Lesson],
    steps: int,
    generator: torch.Generator,
    report: Report,
) -> None:
    """Train all small decoders and their basis together, in place."""
    basis.requires_grad_()
    parameters = [parameter for student in students for layer in student for parameter in layer.parameters()]
    optimiser = torch.optim.Adam([basis, *parameters], lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=steps + 1)
    for step in range(steps):
        if step % 50 == 0:
            report(step / steps, "training the small decoders")
        optimiser.zero_grad(set_to_none=True)
        for student, lesson in zip(students, lessons, strict=True):
            rows = torch.randint(len(lesson.positions), (BATCH,), generator=generator)
            drawn = _drawn(student, basis, lesson.positions[rows])
            F.mse_loss(drawn, lesson.images[rows]).backward()
        optimiser.step()
        schedule.step()
    basis.requires_grad_(False)


@torch.no_grad()
def _arrays(
    source: Rewind,
    kept: Sequence[int],
    count: int,
    errors: Mapping[int, float | None],
    lessons: Sequence[_Lesson],
    students: Sequence[Sequence[nn.Linear]],
    basis: Tensor,
) -> Arrays:
    """The compact rewind as it is stored, the last of the kept epochs without a decoder."""
    total = len(source.codes(kept[0]))
    named = np.arange(total) if source.rows is None else source.rows
    followed = np.flatnonzero(np.isin(named, source.images))  # they are ringed in the plane
    rows = np.union1d(np.arange(0, total, -(-total // count)), followed).astype(np.int32)
    shared = _stored("basis.weight", basis.T.numpy())
    arrays = {f"shared/{name}": array for name, array in shared.items()}
    if len(rows) < total or source.rows is not None:
        arrays["rows"] = named[rows].astype(np.int32)
    frames = []
    for epoch, lesson, student in zip(kept, lessons, students, strict=False):
        own = {"codes": halved(source.codes(epoch)[rows])}
        for index, layer in enumerate(student):
            own |= _stored(f"small.{index}.weight", layer.weight.numpy())
            own |= _stored(f"small.{index}.bias", layer.bias.numpy())
        arrays |= {f"{epoch:06d}/{name}": array for name, array in own.items()}
        described = {"epoch": epoch, "error": errors[epoch], "layers": 0}
        frames.append(described | {"decoder_error": _error(lesson, own | shared, len(student))})
    frames.append({"epoch": kept[-1], "error": errors[kept[-1]], "layers": None})
    frames[-1]["decoder_error"] = None
    arrays |= {f"{epoch:06d}/shown": source.shown(epoch) for epoch in kept}
    layers = _layers(source.decoder(kept[-1]).layers, len(lessons and students[0]))
    about = {"format": FORMAT, "layers": [layers] if lessons else [], "frames": frames}
    return arrays | {"about": as_array(about)}


def _layers(own: Sequence[Record], count: int) -> list[Record]:
    """The layers of a small decoder: linear ones with relu between them, the basis, the rest as it was."""
    hidden: list[Record] = []
    for index in range(count):
        names = {part: f"small.{index}.{part}" for part in ("weight", "bias")}
        hidden += [{"type": "linear", **names}, {"type": "relu"}]
    last_linear = max(index for index, layer in enumerate(own) if layer["type"] == "linear")
    return [*hidden[:-1], {"type": "linear", "weight": "basis.weight"}, *own[last_linear + 1 :]]


def _stored(name: str, array: np.ndarray) -> Arrays:
    """A tensor as it is stored: eight bits and a scale for each row where it is wide."""
    if array.ndim < 2 or array.shape[1] < WIDE_ROW:  # codes meet the first layer: they ask for float32
        return {f"decoder/{name}": array.astype(np.float32)}
    rounded, scale = quantised(array)
    return {f"decoder/{name}": rounded, f"scale/{name}": scale}


def _error(lesson: _Lesson, stored: Arrays, count: int) -> float:
    """How far a stored decoder is off at codes it has not seen: root mean square, pixels 0..1."""

    def tensor(name: str) -> Tensor:
        array, scale = stored[f"decoder/{name}"], stored.get(f"scale/{name}")
        return torch.tensor(array if scale is None else dequantised(array, scale)).float()

    linear = [(tensor(f"small.{index}.weight"), tensor(f"small.{index}.bias")) for index in range(count)]
    drawn = torch.sigmoid(F.linear(_log_odds(linear, lesson.held_out), tensor("basis.weight")))
    asked = torch.sigmoid(_log_odds(lesson.teacher, lesson.held_out))
    return float((drawn - asked).square().mean().sqrt())
