"""Every error a person can cause says what happened, with the value, and what to do."""

import re
import sys
from pathlib import Path

import pytest

from aecore import errors
from aecore.errors import AecoreError

LONGEST, MOST_WORDS = 320, 40
"""Characters of a whole message, and words of one sentence of it: what is read at a glance."""
REMEDY = re.compile(
    r"must be|needs|Known:|\b(Try|Set|Choose|Delete|Download|Install|Update|Reload|Correct|Lower|Wait|Start|"
    r"Look|Name|Free|Remove|Bring|choose|start|report) |can be"
)
PATH = Path("/data/runs/digits-ae-z2-0123456789")
SENTENCES = {
    errors.UnknownName: (
        ("variant", "gan", ["vae", "ae"]),
        "There is no variant called 'gan'. Known: ae, vae.",
    ),
    errors.BadValue: (
        ("epochs", 0, "a whole number from 1 to 9"),
        "epochs cannot be 0: it must be a whole number from 1 to 9.",
    ),
    errors.EncoderNeeded: (
        (),
        "This run has no encoder here, so no new image can be placed on its plane. What it knows are the "
        "codes that it was stored with; choose a run with an encoder for images of your own.",
    ),
    errors.DecoderNeeded: (
        ("Drawing",),
        "Drawing needs a decoder, and this run is of codes alone. Choose a run with a decoder, or bring the "
        "model itself (python -m aecore adopt).",
    ),
    errors.CannotAdopt: (
        ("the decoder has the layer PReLU", "Known: Linear, ReLU."),
        "Nothing was adopted: the decoder has the layer PReLU. Known: Linear, ReLU.",
    ),
    errors.BadVariant: (
        (Path("/own/my_vae.py"), ["its TITLE is not a line of text"]),
        "The variant in /own/my_vae.py cannot be used: its TITLE is not a line of text. Correct the file, or "
        "name another in AECORE_VARIANTS.",
    ),
    errors.WrongUsage: (
        ("train needs a data set after ae", "Try python -m aecore train ae digits."),
        "train needs a data set after ae. Try python -m aecore train ae digits.",
    ),
    errors.JobGone: (
        ("digits-ae-z2-0123456789",),
        "Training digits-ae-z2-0123456789 ended, because its folder was removed or changed from outside. "
        "Nothing of it was stored; start it again to have it.",
    ),
    errors.QueueFull: (
        (5, "of yours", "Wait until one of them is over, or cancel one"),
        "Nothing was started: 5 trainings of yours wait or train already, which is the limit. Wait until one "
        "of them is over, or cancel one.",
    ),
    errors.StoreFull: (
        (10.04, 10.0),
        "Nothing was stored: the runs of this server take 10.0 GB, and 10.0 GB are the limit. Delete a run "
        "and empty the trash, or ask who runs the server to raise AECORE_STORE_GB.",
    ),
    errors.NotYours: (
        ("digits-ae-z2-0123456789",),
        "digits-ae-z2-0123456789 was started or brought in by somebody else, so only they can change it. It "
        "can be opened, compared and exported by everyone.",
    ),
    errors.BadMetric: (
        ("darkness", ["its file offers no METRICS"]),
        "The metrics of darkness cannot be used: its file offers no METRICS. Correct "
        "aecore/metrics/darkness.py.",
    ),
    errors.BadDataset: (
        ("letters", ["labels begin at 1", "no images"], "test"),
        "The test images of the data set letters cannot be used: labels begin at 1; no images. Correct "
        "aecore/datasets/letters.py or the files that it reads.",
    ),
    errors.CodesDiverged: (
        ("digits-ae-z2-0123456789", 3, 2e19),
        "Training digits-ae-z2-0123456789 stopped in epoch 3: its latent codes have grown to 2e+19, where "
        "distances can no longer be measured. Lower the learning rate, then train again.",
    ),
    errors.FormChanged: (
        (),
        "The form changed as you pressed Train, so nothing was started. Look at it, and press again.",
    ),
    errors.FormWrong: (
        ("epochs cannot be 0: it must be 1 or more.",),
        "Nothing was started. epochs cannot be 0: it must be 1 or more.",
    ),
    errors.DataMissing: (
        ("MNIST", ["a", "b"], ["https://one/", "https://two/"], Path("/data/raw"), "no network"),
        "MNIST could not be downloaded: no network. Try again, or fetch a, b from https://one/ or "
        "https://two/ yourself, unpack the .gz files and put them into /data/raw; where AECORE_DATA names a "
        "folder that has them, they are read from there.",
    ),
    errors.ImagesNeeded: (
        ("MNIST", "Training the judge"),
        "Training the judge needs the MNIST training images, which are not on this machine. Download them on "
        "the Train page, or set AECORE_DATA to a folder that has them.",
    ),
    errors.LabelsNeeded: (
        ("The Conditional VAE", "Pebbles"),
        "The Conditional VAE needs labels, and the images of Pebbles have none. Use a data set with labels "
        "for it.",
    ),
    errors.DataDamaged: (
        (Path("/data/raw/a"), "3 bytes"),
        "/data/raw/a is damaged (3 bytes), so it is not used. Delete it to have it replaced.",
    ),
    errors.DatasetDamaged: (
        ("emoji_0123456789", Path("/data/emoji_0123456789"), "train.safetensors was altered"),
        "The data set emoji_0123456789 in /data is damaged: train.safetensors was altered. Bring the same "
        "images again, which mends it, or remove it (python -m aecore data remove emoji_0123456789); runs on "
        "it still open.",
    ),
    errors.DatasetInUse: (
        ("emoji_0123456789", "emoji-vae-z2"),
        "The data set emoji_0123456789 is not deleted: emoji-vae-z2 is being trained on it, and would be "
        "lost. Wait until it has ended, or end it (python -m aecore cancel emoji-vae-z2).",
    ),
    errors.BadImport: (
        ("there are no images", "Bring some."),
        "Nothing was imported: there are no images. Bring some.",
    ),
    errors.BadPicture: (
        ("the file is empty", "Choose another."),
        "This picture cannot be used: the file is empty. Choose another.",
    ),
    errors.Unforeseen: (
        ("Mapping", RuntimeError("no memory"), "the output of this server"),
        "Mapping failed: a fault of this program (RuntimeError). Try again; if it fails again, report it "
        "with what the output of this server says.",
    ),
    errors.ExtraMissing: (
        ("UMAP", "umap-learn>=0.5.12"),
        "UMAP is an optional extra that is not installed here. Install it with python -m pip install "
        '"umap-learn>=0.5.12" in the environment that runs this, then start again. Everything else works '
        "without it.",
    ),
    errors.RunDamaged: (
        (PATH, "codes.safetensors is missing"),
        "The run digits-ae-z2-0123456789 in /data/runs is damaged: codes.safetensors is missing. "
        "Delete its folder and train it again; every other run still opens.",
    ),
    errors.RunTooNew: (
        (PATH, 9, 1),
        "The run digits-ae-z2-0123456789 is stored in format 9, and this version reads up to 1. "
        "Update aecore to open it.",
    ),
    errors.RunChanged: (
        (PATH,),
        "The run digits-ae-z2-0123456789 in /data/runs was stored anew or deleted while it was being read. "
        "Reload the page, or give the command again.",
    ),
    errors.RunExists: (
        ("digits-ae-z2-0123456789",),
        "The run digits-ae-z2-0123456789 exists again, so the deleted one cannot be brought back. "
        "Delete the one that is there first.",
    ),
    errors.AmbiguousName: (
        ("mine", ["digits-ae-z2-0123456789", "digits-vae-z2-0123456789"]),
        "More than one run is called 'mine': digits-ae-z2-0123456789, digits-vae-z2-0123456789. "
        "Name one by its id.",
    ),
    errors.RunIsShipped: (
        ("digits-ae-z2-0123456789", "deleted"),
        "The run digits-ae-z2-0123456789 cannot be deleted: it came with the product or lies in a folder "
        "that is only read. Only your own runs can be.",
    ),
    errors.BadArchive: (
        ("it is no zip file",),
        "This file cannot be imported: it is no zip file. Nothing was changed. "
        "Choose an .aerun file as it was exported.",
    ),
    errors.DiskFull: (
        (Path("/data/runs"), "No space left on device"),
        "Nothing was stored in /data/runs, because its disk is full (No space left on device). Free some "
        "space there: `python -m aecore delete --empty-trash` gives back what deleted runs take. Or set "
        "AECORE_RUNS to a folder on another disk.",
    ),
    errors.ReadOnly: (
        ("training",),
        "This installation only shows what is stored (AECORE_READ_ONLY=1), so training is switched off. "
        "Start it without that setting to allow it.",
    ),
    errors.StoreNotWritable: (
        (Path("/data/runs"), "Read-only file system"),
        "Runs cannot be stored in /data/runs: Read-only file system. "
        "Set AECORE_RUNS to a folder that can be written.",
    ),
    errors.StoreNotReadable: (
        (Path("/data/runs"), "Permission denied"),
        "Runs cannot be read from /data/runs: Permission denied. "
        "Set AECORE_RUNS to a folder that can be read.",
    ),
    errors.NotStorable: (
        ("digits-ae-z2-0123456789", "its title is long"),
        "Training digits-ae-z2-0123456789 stopped, because its run could not be stored: its title is long. "
        "Choose narrower layers, or correct the file of its variant or data set, then train again.",
    ),
    errors.OutOfMemory: (
        ("mnist-ae-z2-0123456789", 4096),
        "Training mnist-ae-z2-0123456789 ran out of memory with 4096 images per step. Choose a smaller batch "
        "size or narrower layers, or close other programs, then train again.",
    ),
    errors.WorkerEnded: (
        ("mnist-ae-z2-0123456789", 5, "its worker ended 3 times in it"),
        "Training mnist-ae-z2-0123456789 stopped in epoch 5: its worker ended 3 times in it. A process that "
        "ends without a word has mostly run out of memory: choose a smaller batch size or narrower layers, "
        "or close other programs, then try again.",
    ),
    errors.TrainingDiverged: (
        ("digits-ae-z2-0123456789", 3, "kl"),
        "Training digits-ae-z2-0123456789 stopped in epoch 3: the kl loss is not a finite number. "
        "Lower the learning rate, then train again.",
    ),
    errors.WrongShape: (
        ("codes", (3, 4), "(n, 2)"),
        "codes have shape (3, 4); this run needs (n, 2).",
    ),
}


@pytest.fixture(autouse=True)
def installed_elsewhere(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/venv/bin/python")


def test_an_extra_is_installed_by_the_python_of_this_folder_where_there_is_one(monkeypatch):
    monkeypatch.setattr(sys, "executable", str(Path.cwd() / ".venv" / "bin" / "python"))
    shown = str(errors.ExtraMissing("UMAP", "umap-learn>=0.5.12"))
    assert f'Install it with {Path(".venv/bin/python")} -m pip install "umap-learn>=0.5.12", then' in shown


every_error = pytest.mark.parametrize("kind", SENTENCES, ids=lambda kind: kind.__name__)


def kinds_of(error):
    """Every kind of an error, and kinds of those."""
    return {kind for own in error.__subclasses__() for kind in (own, *kinds_of(own))}


def test_the_table_above_names_every_error():
    assert set(SENTENCES) == kinds_of(AecoreError)


@pytest.mark.parametrize(("number", "kind"), [(28, errors.DiskFull), (30, errors.StoreNotWritable)])
def test_a_full_disk_has_a_sentence_of_its_own(number, kind):
    found = errors.StoreNotWritable.of(Path("/data/runs"), OSError(number, "what the disk says"))
    assert type(found) is kind
    assert "what the disk says" in str(found)


@every_error
def test_an_error_reads_as_its_sentence(kind):
    arguments, sentence = SENTENCES[kind]
    assert str(kind(*arguments)) == sentence


@every_error
def test_the_sentence_of_an_error_is_short_whole_and_says_what_to_do(kind):
    arguments, sentence = SENTENCES[kind]
    words = [len(part.split()) for part in re.split(r"(?<=[.;:?]) ", sentence)]
    assert sentence.endswith(".")
    assert len(sentence) <= LONGEST
    assert max(words) <= MOST_WORDS
    assert "!" not in sentence
    assert not re.search(r"  |\b(please|sorry|invalid|oops|successfully)\b|[.]{2}", sentence.lower())
    assert sentence[0].isupper() or sentence.startswith(str(arguments[0]))  # or a path, a run's id, a setting
    assert REMEDY.search(sentence), "it says what happened, and not what to do"


@every_error
def test_an_error_can_be_caught_as_the_base_and_as_a_standard_one(kind):
    standard = [base for base in kind.__mro__ if base.__module__ == "builtins"]
    assert issubclass(kind, AecoreError)
    assert standard[0] is not Exception


def test_known_names_are_listed_in_order():
    assert str(errors.UnknownName("run", "x", {"c", "a", "b"})).endswith("Known: a, b, c.")


def test_where_no_name_is_known_the_sentence_says_so():
    assert str(errors.UnknownName("run", "x", [])) == "There is no run called 'x'. Known: none yet."


def test_half_a_character_stands_in_a_sentence_by_its_number():
    sentence = str(errors.RunDamaged(Path("/data/run\udcff"), "an error is not all numbers: \ud800"))
    assert sentence.encode()
    assert r"not all numbers: \ud800." in sentence
    assert r"The run run\udcff in" in sentence
