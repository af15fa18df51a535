"""`make seeds`: every variant over three seeds, trained or opened; mean and deviation into the README."""

import statistics

from aecore import runs, variants
from aecore.datasets import module
from aecore.metrics import MEANINGS
from benchmarks.readme import markdown, write

SEEDS = (0, 1, 2)
DATASETS = ("mnist",)
SHOWN = {
    "mse": ("ae ≤ 0.034, aae ≤ 0.037", 4),
    "knn_accuracy": ("ae ≥ 0.82", 3),
    "negative_elbo": ("vae ≤ 136.5", 2),
    "mmd2": ("aae ≤ 0.007", 4),
    "discriminator_loss": ("aae 1.25 to 1.39", 3),
    "total_variation": ("aae ≤ 0.21", 3),
    "hole_share": ("", 3),
    "code_std": ("", 2),
}


def rows(dataset: str) -> list[dict[str, str]]:
    """One row per number, one column per variant."""
    found = {
        name: [runs.train(name, dataset, seed=seed).metrics for seed in SEEDS] for name in variants.names()
    }
    table = []
    for metric, (bar, digits) in SHOWN.items():
        row = {"test split": f"{MEANINGS[metric].label}, {MEANINGS[metric].unit}"}
        for name, metrics in found.items():
            values = [seed[metric] for seed in metrics if metric in seed]
            row[name] = (
                f"{statistics.mean(values):.{digits}f} ± {statistics.stdev(values):.{digits}f}"
                if values
                else ""
            )
        table.append(row | {"bar": bar})
    return table


def main() -> None:
    """Print the tables and keep them."""
    parts = []
    for dataset in DATASETS:
        parts.append(f"{module(dataset).TITLE}, z = 2, mean ± standard deviation over seeds {SEEDS}:")
        parts.append(markdown(rows(dataset)))
    text = "\n\n".join(parts)
    print(text)
    write("seeds", text)


if __name__ == "__main__":
    main()
