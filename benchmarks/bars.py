"""`make bars`: every bar of the field, measured; runs are opened where they were trained before.

Each bar names a run, a number of it on the test split, and where that number must lie. What was found is
written to bars.json after every bar, so that a measurement may stop and go on:

    a list of {name, variant, dataset, settings, metric, low, high, limit, published, source, repeats,
               runs {run id: value}, mean, deviation, met, missed_by, seconds (of a training), machine,
               measured}

`low` and `high` are null where there is no such end, `met` is null where there is no end at all.
"""

import argparse
import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FOUND = Path(__file__).with_name("bars.json")
ONE = ({"seed": 0},)
SEEDS = ({"seed": 0}, {"seed": 1}, {"seed": 2})
LABEL_DRAWS = tuple({"label_seed": draw} for draw in range(5))
ON_TOP = {"fine_tuned_accuracy": "fine_tuned", "scratch_accuracy": "from_scratch"}
"""Numbers that a run does not store: they take a training of their own."""

Settings = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Bar:
    """Where one number of one kind of run must lie.

    Attributes:
        name: what to call it; it begins with its variant.
        variant: the variant that is trained.
        dataset: the images.
        settings: settings and options that are not the default.
        metric: the number, a name of `aecore.metrics.MEANINGS`.
        low: where it must at least lie.
        high: where it must at most lie.
        share_of: another bar's name, whose mean times `high` is the limit.
        published: what others reached; "" where nobody says.
        source: who.
        repeats: settings of each training that the mean is taken over.
    """

    name: str
    variant: str
    dataset: str = "mnist"
    settings: Settings = field(default_factory=dict)
    metric: str
    low: float | None = None
    high: float | None = None
    share_of: str = ""
    published: str = ""
    source: str = ""
    repeats: tuple[Settings, ...] = ONE


DEEP = {"hidden": (256, 128), "latent_dim": 32, "epochs": 40}
SPARSE = DEEP | {"weight": 1.0, "warm_up": 0.1}
SINGLE = {"hidden": (), "latent_dim": 32, "epochs": 40}
RELU = {
    "hidden": (),
    "code_activation": "relu",
    "output": "relu",
    "loss": "mse",
    "epochs": 20,
    "learning_rate": 1e-3,
}
MAPS = {
    "code": "feature_map",
    "channels": (32, 64, 128),
    "latent_dim": 128,
    "batch_size": 128,
    "epochs": 16,
}
WIDE_MAPS = {
    "code": "feature_map",
    "channels": (32, 64, 128),
    "latent_dim": 256,
    "batch_size": 128,
    "lowest_level": 0.3,
    "epochs": 36,
}
CLASSIFIER = {"latent_dim": 32, "epochs": 40}
STYLE = {"latent_dim": 10, "epochs": 25}
PLAIN = "plain recipe, same split"
BLOG = "Keras blog, validated on the test split"
PAPER = "Makhzani et al. 2015, as commonly quoted"

BARS = (
    Bar(
        name="ae z=2, MSE",
        variant="ae",
        metric="mse",
        high=0.034,
        published="0.0340",
        source=PLAIN,
        repeats=SEEDS,
    ),
    Bar(
        name="ae z=2, kNN",
        variant="ae",
        metric="knn_accuracy",
        low=0.82,
        published="0.823",
        source=PLAIN,
        repeats=SEEDS,
    ),
    Bar(
        name="ae 784-32-784, BCE",
        variant="ae",
        settings=SINGLE,
        metric="bce",
        high=0.094,
        published="about 0.093",
        source=BLOG,
    ),
    Bar(
        name="ae z=32, BCE",
        variant="ae",
        settings=DEEP,
        metric="bce",
        high=0.077,
        published="about 0.08",
        source=BLOG,
    ),
    Bar(
        name="ae z=32, MSE",
        variant="ae",
        settings=DEEP,
        metric="mse",
        high=0.0053,
        published="0.0053",
        source=PLAIN,
    ),
    Bar(
        name="ae z=32, active",
        variant="ae",
        settings=DEEP,
        metric="active_fraction",
    ),
    Bar(
        name="ae single ReLU layer, MSE",
        variant="ae",
        settings=RELU,
        metric="mse",
        low=0.0675,
        published="0.0685, as an achievement",
        source="a tutorial; the mean image has 0.0675",
    ),
    Bar(name="ae single ReLU layer, dead pixels", variant="ae", settings=RELU, metric="dead_pixels"),
    Bar(
        name="sparse z=32, BCE",
        variant="sparse",
        settings=SPARSE,
        metric="bce",
        high=0.105,
        published="loss 0.10, of which 0.01 is the penalty",
        source=BLOG,
    ),
    Bar(
        name="sparse z=32, active",
        variant="sparse",
        settings=SPARSE,
        metric="active_fraction",
        high=0.5,
        share_of="ae z=32, active",
    ),
    Bar(
        name="conv 4×4×8, BCE",
        variant="conv",
        settings=MAPS,
        metric="bce",
        high=0.065,
        published="0.094; PCA-128 has 0.0777",
        source=BLOG,
    ),
    Bar(
        name="conv 4×4×8, fine-tuned accuracy",
        variant="conv",
        settings=MAPS,
        metric="fine_tuned_accuracy",
        low=0.99,
        published="99 % on the training split",
        source="a tutorial",
    ),
    Bar(
        name="conv_denoising, PSNR",
        variant="conv_denoising",
        settings=WIDE_MAPS,
        metric="denoised_psnr",
        low=21.0,
        published="20.66 dB",
        source="plain recipe, 191k parameters, 8 epochs",
    ),
    Bar(
        name="conv_denoising, SSIM",
        variant="conv_denoising",
        settings=WIDE_MAPS,
        metric="denoised_ssim",
        low=0.88,
        published="0.850",
        source="plain recipe, 32-32 network, 8 epochs",
    ),
    Bar(
        name="stacked, test error",
        variant="stacked",
        settings=CLASSIFIER,
        metric="test_error",
        high=0.015,
        published="0.013; 0.0128",
        source="deeplearning.net; Vincent et al. 2010, as commonly quoted",
    ),
    Bar(
        name="vae 512, z=2, −ELBO",
        variant="vae",
        settings={"hidden": (512,), "epochs": 40},
        metric="negative_elbo",
        high=149.0,
        published="about 145 in training; 146.95 with train and test mixed",
        source="a tutorial; keras.io example",
    ),
    Bar(
        name="vae z=2, −ELBO",
        variant="vae",
        metric="negative_elbo",
        high=136.5,
        published="136.8",
        source=PLAIN,
        repeats=SEEDS,
    ),
    Bar(
        name="vae z=32, −ELBO",
        variant="vae",
        settings={"latent_dim": 32, "epochs": 40},
        metric="negative_elbo",
        high=99.0,
        published="99.6",
        source=PLAIN,
    ),
    Bar(
        name="conv_vae Fashion-MNIST z=2, −ELBO",
        variant="conv_vae",
        settings={"dense": (256, 256), "batch_size": 128, "epochs": 16},
        dataset="fashion_mnist",
        metric="negative_elbo",
        high=254.0,
        published="256.8 by the MLP VAE",
        source=PLAIN,
    ),
    Bar(
        name="aae z=2, MSE",
        variant="aae",
        metric="mse",
        high=0.037,
        published="0.0372",
        source=PLAIN,
        repeats=SEEDS,
    ),
    Bar(
        name="aae z=2, discriminator loss",
        variant="aae",
        metric="discriminator_loss",
        low=1.25,
        high=1.39,
        published="1.35; 0.29 by the usual recipe",
        source=PLAIN,
        repeats=SEEDS,
    ),
    Bar(
        name="aae z=2, MMD²",
        variant="aae",
        metric="mmd2",
        high=0.007,
        published="0.0061",
        source=PLAIN,
        repeats=SEEDS,
    ),
    Bar(
        name="aae z=2, total variation",
        variant="aae",
        metric="total_variation",
        high=0.21,
        published="0.204",
        source=PLAIN,
        repeats=SEEDS,
    ),
    Bar(
        name="semi_supervised_aae, 100 labels, test error",
        variant="semi_supervised_aae",
        settings=STYLE | {"labels": 100},
        metric="test_error",
        high=0.05,
        published="0.0190; 0.04 to 0.26 in reproductions",
        source=PAPER,
        repeats=LABEL_DRAWS,
    ),
    Bar(
        name="semi_supervised_aae, 1000 labels, test error",
        variant="semi_supervised_aae",
        settings=STYLE | {"labels": 1000},
        metric="test_error",
        high=0.03,
        published="0.0160; 0.029 with 1280 labels in a reproduction",
        source=PAPER,
        repeats=LABEL_DRAWS,
    ),
    Bar(
        name="wae_mmd z=2, MMD²",
        variant="wae_mmd",
        settings={"epochs": 40},
        metric="mmd2",
        high=0.006,
        published="0.0061 by an AAE",
        source=PLAIN,
        repeats=SEEDS,
    ),
)


def judged(bar: Bar, values: Sequence[float], reference: float | None = None) -> dict[str, Any]:
    """What values say of a bar.

    Args:
        bar: the bar.
        values: the number in each of its runs.
        reference: mean of the bar that it is a share of, where it is one.

    Returns:
        mean, deviation (null for a single value), limit (the end it was held against, or null), met
        (null where there is no end) and missed_by (how far the mean lies outside; 0 if met).
    """
    mean = statistics.fmean(values)
    high = bar.high * reference if bar.share_of and reference is not None else bar.high
    below = 0.0 if bar.low is None else max(0.0, bar.low - mean)
    above = 0.0 if high is None else max(0.0, mean - high)
    has_end = bar.low is not None or high is not None
    return {
        "mean": mean,
        "deviation": statistics.stdev(values) if len(values) > 1 else None,
        "limit": high if high is not None else bar.low,
        "met": below == above == 0.0 if has_end else None,
        "missed_by": max(below, above),
    }


def read() -> dict[str, dict[str, Any]]:
    """What was found so far, by the bar's name."""
    return {entry["name"]: entry for entry in json.loads(FOUND.read_text("utf-8"))} if FOUND.exists() else {}


def write(found: Mapping[str, dict[str, Any]]) -> None:
    """Keep what was found, in the order of BARS; what is no bar any more is left out."""
    kept = [found[bar.name] for bar in BARS if bar.name in found]
    FOUND.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")


def measure(bar: Bar, known: Mapping[str, float], reference: float | None) -> dict[str, Any]:
    """Train or open the runs of a bar, and judge them.

    Args:
        bar: the bar.
        known: its number by run id, as far as it was measured before.
        reference: as in `judged`.

    Returns:
        Its entry in bars.json.
    """
    from aecore import runs  # here: it loads torch, and docs.variants reads BARS without

    values, seconds, stored = {}, [], None
    for repeat in bar.repeats:
        settings = {**bar.settings, **repeat}
        print(f"{bar.name}: {bar.variant} on {bar.dataset}, {settings}", flush=True)
        run = runs.train(bar.variant, bar.dataset, **settings)
        stored = run.stored
        seconds.append(stored.manifest["seconds"])
        value = run.metrics.get(bar.metric, known.get(stored.run_id))
        if value is None and bar.metric in ON_TOP:
            value = runs.accuracy_on_top(run, ON_TOP[bar.metric])
        if value is None:
            raise SystemExit(f"{stored.run_id} has no number called {bar.metric}.")
        values[stored.run_id] = value
    entry = asdict(bar) | {"runs": values} | judged(bar, list(values.values()), reference)
    about = {"seconds": statistics.fmean(seconds), "machine": stored.manifest["machine"]}
    return entry | about | {"measured": stored.manifest["created"][:10]}


def main() -> None:
    """Measure the bars asked for, or all, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", metavar="TEXT", default="", help="measure the bars whose name contains it")
    asked = parser.parse_args().only
    chosen = [bar for bar in BARS if asked in bar.name]
    if not chosen:
        names = "; ".join(bar.name for bar in BARS)
        raise SystemExit(f"No bar's name contains {asked!r}. There are: {names}.")
    found = read()
    for bar in chosen:
        known = found.get(bar.name, {}).get("runs", {})
        reference = found.get(bar.share_of, {}).get("mean")
        if bar.share_of and reference is None:
            raise SystemExit(f"{bar.name} is held against {bar.share_of}: measure that first.")
        found[bar.name] = measure(bar, known, reference)
        write(found)
        print(f"{bar.name}: {_sentence(found[bar.name])}", flush=True)


def _sentence(entry: Mapping[str, Any]) -> str:
    if entry["met"] is None:
        return f"{entry['mean']:.4f}"
    return f"{entry['mean']:.4f}, " + ("met" if entry["met"] else f"missed by {entry['missed_by']:.4f}")


if __name__ == "__main__":
    main()
