"""The records of a run, history.json and metrics.json: what they must be before anything is made of them."""

import json
from typing import Any

from aecore.config import NAME, PLAIN, is_text
from aecore.errors import NotStorable, quoted
from aecore.storage.manifests import is_count, is_duration, is_number

MOST_TERMS, MOST_METRICS, MOST_EPOCHS = 16, 400, 100_000


def read_history(content: bytes) -> list[dict[str, Any]]:
    """The epochs in the bytes of a history.json.

    Args:
        content: of the file.

    Returns:
        One record per epoch: number, stage (format 1 had none), seconds, train and test {term: nats}.

    Raises:
        ValueError: if it is no list of such records; nested lists are refused before they are read.
    """
    if content.count(b"[") > 1 or content.count(b"{") > 3 * MOST_EPOCHS:
        raise ValueError("its history is no list of epochs")
    found = _parsed(content, "history.json")
    if not isinstance(found, list) or not all(map(is_epoch, found)):
        raise ValueError("its history is no list of epochs")
    return found


def check_epoch(record: dict[str, Any], run_id: str) -> None:
    """See, as soon as an epoch has ended, that a history with it will be read.

    Args:
        record: of the epoch.
        run_id: of the run that is trained.

    Raises:
        NotStorable: if it would not.
    """
    try:
        read_history(json.dumps([record]).encode())
    except ValueError as error:
        terms = ", ".join({**record["train"], **record["test"]})
        raise NotStorable(
            run_id,
            f"its stage {quoted(record['stage'])} must be {PLAIN}, and its loss terms ({terms[:200]}) at "
            f"most {MOST_TERMS} names of up to 40 small letters, digits and _",
        ) from error


def read_metrics(content: bytes) -> dict[str, float]:
    """The numbers in the bytes of a metrics.json.

    Args:
        content: of the file.

    Returns:
        Finite numbers by name.

    Raises:
        ValueError: if they are not.
    """
    if content.count(b"{") > 1 or b"[" in content:
        raise ValueError("its metrics are no numbers by name")
    found = _parsed(content, "metrics.json")
    are_named = isinstance(found, dict) and len(found) <= MOST_METRICS
    if not are_named or not all(name and is_text(name) and is_number(found[name]) for name in found):
        raise ValueError("its metrics are no numbers by name")
    return found


def _parsed(content: bytes, name: str) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{name} is not JSON") from error


def is_epoch(record: object) -> bool:
    """Whether it is the record of an epoch: its number, its seconds, and finite loss terms by name."""
    if not isinstance(record, dict) or not {"number", "seconds", "train", "test"} <= set(record):
        return False
    is_counted = is_count(record["number"], MOST_EPOCHS) and is_duration(record["seconds"])
    is_named = is_text(record.get("stage", ""))
    return is_counted and is_named and all(map(_are_terms, (record["train"], record["test"])))


def _are_terms(values: object) -> bool:
    return (
        isinstance(values, dict)
        and 0 < len(values) <= MOST_TERMS
        and all(NAME.fullmatch(name) and is_number(value) for name, value in values.items())
    )
