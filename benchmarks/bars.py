"""`make bars`: every bar, measured; runs are opened where they were trained before.

Each bar names a run, a number of it on the test split, and where we want that number to lie; beside it
stands what a plain recipe of ours reached, and what others published. What was found is written to bars.json
after every bar, so that a measurement may stop and go on:

    a list of {name, variant, dataset, settings, metric, low, high, limit, plain, plain_recipe, published,
               repeats, trained, better, runs {run id: value}, mean, deviation, met, missed_by, seconds (of a
               training), machine, measured}

`low` and `high` are null where there is no such end, `met` is null where there is no end at all. It says
whether our own target is met and nothing else: `bars_table` holds the mean against the other two.
`python -m benchmarks.bars --render` trains nothing: it words anew what was measured, here and in the README.
"""

import argparse
import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from aecore.config import RunConfig
from aecore.metrics import catalog
from benchmarks import bars_table

FOUND = Path(__file__).with_name("bars.json")
ONE = ({"seed": 0},)
SEEDS = ({"seed": 0}, {"seed": 1}, {"seed": 2})
LABEL_DRAWS = tuple({"label_seed": draw} for draw in range(5))
ON_TOP: dict[str, Literal["fine_tuned", "from_scratch"]] = {
    "fine_tuned_accuracy": "fine_tuned",
    "scratch_accuracy": "from_scratch",
}
"""Numbers that a run does not store: they take a training of their own."""

Settings = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Published:
    """A figure that others published.

    Attributes:
        value: the figure; None where what it is of cannot be held against ours.
        words: how it stands there, where a number does not say it.
        source: where: author and year, or an address.
        differs: in what it is not what we measure.
    """

    value: float | None
    words: str = ""
    source: str
    differs: str = ""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """Where one number of one kind of run shall lie, and what it is held against.

    Attributes:
        name: what to call it; it begins with its variant.
        variant: the variant that is trained.
        dataset: the images.
        settings: settings and options that are not the default.
        metric: the number, a name of `aecore.metrics.catalog()`.
        low: our own target: where it must at least lie.
        high: where it must at most lie.
        share_of: another bar's name, whose mean times `high` is the limit.
        plain: what a plain recipe of ours reached on the same split; None where there is none.
        plain_recipe: what is to be known of that recipe.
        published: what others reached; None where nobody says.
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
    plain: float | None = None
    plain_recipe: str = ""
    published: Published | None = None
    repeats: tuple[Settings, ...] = ONE


DEEP = {"hidden": (256, 128), "latent_dim": 32, "epochs": 40}
SPARSE = DEEP | {"penalty": "top_k", "active": 10}
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
UNMOVED = {"shift": 0}
BLOG = "Keras blog (Chollet 2016)"
PAPER = "Makhzani et al. 2015, as commonly quoted"
MOVED = "our inputs are moved by up to two pixels, the paper's are not"

BARS = (
    Bar(
        name="ae z=2, MSE",
        variant="ae",
        metric="mse",
        high=0.034,
        plain=0.0340,
        repeats=SEEDS,
    ),
    Bar(
        name="ae z=2, kNN",
        variant="ae",
        metric="knn_accuracy",
        low=0.82,
        plain=0.823,
        repeats=SEEDS,
    ),
    Bar(
        name="ae 784-32-784, BCE",
        variant="ae",
        settings=SINGLE,
        metric="bce",
        high=0.094,
        published=Published(value=0.093, words="about 0.093", source=BLOG),
    ),
    Bar(
        name="ae z=32, BCE",
        variant="ae",
        settings=DEEP,
        metric="bce",
        high=0.077,
        published=Published(value=0.08, words="about 0.08", source=BLOG, differs="layers 128-64-32"),
    ),
    Bar(
        name="ae z=32, MSE",
        variant="ae",
        settings=DEEP,
        metric="mse",
        high=0.0053,
        plain=0.0053,
    ),
    Bar(
        name="ae z=32, active",
        variant="ae",
        settings=DEEP,
        metric="living_activity",
    ),
    Bar(
        name="ae single ReLU layer, MSE",
        variant="ae",
        settings=RELU,
        metric="mse",
        low=0.0675,
    ),
    Bar(name="ae single ReLU layer, dead pixels", variant="ae", settings=RELU, metric="dead_pixels"),
    Bar(
        name="sparse z=32, BCE",
        variant="sparse",
        settings=SPARSE,
        metric="bce",
        high=0.105,
        published=Published(
            value=0.09, words="loss 0.10, of which 0.01 is the penalty", source=BLOG, differs="one layer"
        ),
    ),
    Bar(
        name="sparse z=32, active",
        variant="sparse",
        settings=SPARSE,
        metric="living_activity",
        high=0.5,
        share_of="ae z=32, active",
    ),
    Bar(
        name="conv 4×4×8, BCE",
        variant="conv",
        settings=MAPS,
        metric="bce",
        high=0.065,
        plain=0.0654,
        plain_recipe="8 epochs",
        published=Published(value=0.094, source=BLOG, differs="max-pooling, 8 channels"),
    ),
    Bar(
        name="conv 4×4×8, fine-tuned accuracy",
        variant="conv",
        settings=MAPS,
        metric="fine_tuned_accuracy",
        low=0.99,
    ),
    Bar(
        name="conv_denoising, PSNR",
        variant="conv_denoising",
        settings=WIDE_MAPS,
        metric="denoised_psnr",
        low=21.0,
        plain=20.66,
        plain_recipe="191k parameters, 8 epochs",
    ),
    Bar(
        name="conv_denoising, SSIM",
        variant="conv_denoising",
        settings=WIDE_MAPS,
        metric="denoised_ssim",
        low=0.88,
        plain=0.850,
        plain_recipe="32-32 network, 8 epochs",
    ),
    Bar(
        name="stacked, test error",
        variant="stacked",
        settings=CLASSIFIER,
        metric="test_error",
        high=0.015,
        published=Published(value=0.0128, source="Vincent et al. 2010, as commonly quoted"),
    ),
    Bar(
        name="vae 512, z=2, −ELBO",
        variant="vae",
        settings={"hidden": (512,), "epochs": 40},
        metric="negative_elbo",
        high=149.0,
        published=Published(
            value=146.95,
            source="keras.io, Variational AutoEncoder (Chollet 2020)",
            differs="convolutions; of training and test images mixed",
        ),
    ),
    Bar(
        name="vae z=2, −ELBO",
        variant="vae",
        metric="negative_elbo",
        high=136.5,
        plain=136.8,
        repeats=SEEDS,
    ),
    Bar(
        name="vae z=32, −ELBO",
        variant="vae",
        settings={"latent_dim": 32, "epochs": 40},
        metric="negative_elbo",
        high=99.0,
        plain=99.6,
    ),
    Bar(
        name="conv_vae Fashion-MNIST z=2, −ELBO",
        variant="conv_vae",
        settings={"dense": (256, 256), "batch_size": 128, "epochs": 16},
        dataset="fashion_mnist",
        metric="negative_elbo",
        high=254.0,
        plain=256.8,
        plain_recipe="the VAE of perceptrons",
    ),
    Bar(
        name="aae z=2, MSE",
        variant="aae",
        metric="mse",
        high=0.037,
        plain=0.0372,
        repeats=SEEDS,
    ),
    Bar(
        name="aae z=2, discriminator loss",
        variant="aae",
        metric="discriminator_loss",
        low=1.25,
        high=1.39,
        plain=1.35,
        repeats=SEEDS,
    ),
    Bar(
        name="aae z=2, MMD²",
        variant="aae",
        metric="mmd2",
        high=0.007,
        plain=0.0061,
        repeats=SEEDS,
    ),
    Bar(
        name="aae z=2, total variation",
        variant="aae",
        metric="total_variation",
        high=0.21,
        plain=0.204,
        repeats=SEEDS,
    ),
    Bar(
        name="semi_supervised_aae, 100 labels, test error",
        variant="semi_supervised_aae",
        settings=STYLE | {"labels": 100},
        metric="test_error",
        high=0.05,
        published=Published(value=0.0190, source=PAPER, differs=MOVED),
        repeats=LABEL_DRAWS,
    ),
    Bar(
        name="semi_supervised_aae, 100 labels, inputs not moved, test error",
        variant="semi_supervised_aae",
        settings=STYLE | {"labels": 100} | UNMOVED,
        metric="test_error",
        published=Published(value=0.0190, source=PAPER),
        repeats=LABEL_DRAWS[:1],
    ),
    Bar(
        name="semi_supervised_aae, 1000 labels, test error",
        variant="semi_supervised_aae",
        settings=STYLE | {"labels": 1000},
        metric="test_error",
        high=0.03,
        published=Published(value=0.0160, source=PAPER, differs=MOVED),
        repeats=LABEL_DRAWS,
    ),
    Bar(
        name="wae_mmd z=2, MMD²",
        variant="wae_mmd",
        settings={"epochs": 40},
        metric="mmd2",
        high=0.006,
        plain=0.0061,
        plain_recipe="an AAE",
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
    high = bar.high
    if high is not None and bar.share_of and reference is not None:
        high *= reference
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

    values, seconds, manifest = {}, [], {}
    for repeat in bar.repeats:
        settings = {**bar.settings, **repeat}
        print(f"{bar.name}: {bar.variant} on {bar.dataset}, {settings}", flush=True)
        run = runs.train(bar.variant, bar.dataset, **settings)
        run_id, manifest = run.stored.run_id, run.stored.manifest
        seconds.append(manifest["seconds"])
        value = run.metrics.get(bar.metric, known.get(run_id))
        if value is None and bar.metric in ON_TOP:
            value = runs.finetune_accuracy(run, ON_TOP[bar.metric])
        if value is None:
            raise SystemExit(f"{run_id} has no number called {bar.metric}.")
        values[run_id] = value
    about = {"seconds": statistics.fmean(seconds), "machine": manifest["machine"]}
    return entry(bar, values, reference) | about | {"measured": manifest["created"][:10]}


def entry(bar: Bar, values: Mapping[str, float], reference: float | None) -> dict[str, Any]:
    """What bars.json says of a bar, but for when and where it was measured.

    Args:
        bar: the bar.
        values: its number by run id.
        reference: as in `judged`.

    Returns:
        Plain JSON values.
    """
    about = {"trained": trained(bar), "better": catalog()[bar.metric].better, "runs": dict(values)}
    return json.loads(json.dumps(asdict(bar))) | about | judged(bar, list(values.values()), reference)


def configs(bar: Bar) -> list[RunConfig]:
    """The config of each of a bar's runs."""
    from aecore.models import variants  # here: it loads torch, which `docs.variants` does without

    return [variants.configure(bar.variant, bar.dataset, **bar.settings, **repeat) for repeat in bar.repeats]


def trained(bar: Bar) -> str:
    """How a bar's runs are trained: numbers in a code, networks, epochs, and what else was set."""
    config = configs(bar)[0]
    names = ("channels",) if config.options.get("code") == "feature_map" else ("channels", "dense", "hidden")
    widths = [config.options.get(name, ()) for name in names]
    layers = ["-".join(map(str, layer)) for layer in widths if layer]
    shown = {"latent_dim", "epochs", "channels", "dense", "hidden"}
    others = [f"{name} {value}" for name, value in bar.settings.items() if name not in shown]
    parts = [f"z={config.latent_dim}", *(layers or ["one layer"]), f"{config.epochs} epochs"]
    return ", ".join([*parts, *others]).replace("_", " ")


def rendered(found: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What was found, held against the bars as they are now; what was measured otherwise is left out.

    Args:
        found: what bars.json holds, by name.

    Returns:
        The same anew, of bars whose runs are those that were measured.
    """
    kept: dict[str, dict[str, Any]] = {}
    for bar in BARS:
        before = found.get(bar.name)
        if before is None or list(before["runs"]) != [config.run_id for config in configs(bar)]:
            print(f"{bar.name}: not measured with these settings.")
            continue
        when = {name: before[name] for name in ("seconds", "machine", "measured")}
        kept[bar.name] = entry(bar, before["runs"], kept.get(bar.share_of, {}).get("mean")) | when
    return kept


def main() -> None:
    """Measure the bars asked for, or all, one after the other; or word anew what was measured."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--render", action="store_true", help="train nothing: word anew what was measured")
    parser.add_argument("--only", metavar="TEXT", default="", help="measure the bars whose name contains it")
    arguments = parser.parse_args()
    if arguments.render:
        write(rendered(read()))
        bars_table.write_readme(list(read().values()))
        return
    asked = arguments.only
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


def _sentence(found: Mapping[str, Any]) -> str:
    if found["met"] is None:
        return f"{found['mean']:.4f}"
    target = "met" if found["met"] else f"missed by {found['missed_by']:.4f}"
    return f"{found['mean']:.4f}, our own target {target}"


if __name__ == "__main__":
    main()
