"""`make bench`: measure, print one table per subject, and write both into the README."""

from datetime import date

from benchmarks import browser, training
from benchmarks.readme import machine, markdown, write


def main() -> None:
    """Measure one subject after the other, so that none disturbs another."""
    text = "\n\n".join(
        [
            f"Measured on {machine()}, {date.today():%Y-%m-%d}, by `make bench`.",
            f"Training, MNIST, batches of {training.BATCH_SIZE}:",
            markdown(training.rows()),
            "In the browser, headless Chromium with software WebGL:",
            markdown(browser.rows()),
        ]
    )
    print(text)
    write("bench", text)


if __name__ == "__main__":
    main()
