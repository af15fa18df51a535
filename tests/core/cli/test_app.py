"""The command line: what it prints where, and what it exits with."""

import dataclasses
import io
import json
import os
import re
import shutil
import subprocess
import sys
import time

import pytest
from rich.console import Console

from aecore import jobs, runs
from aecore.cli import app as command_line
from aecore.cli import console, train
from aecore.config import allowed
from aecore.metrics import catalog
from aecore.models import variants
from aecore.storage import archives
from aecore.storage.store import RunStore
from tests.conftest import ROOT, is_trained

TINY = ["--epochs", "2", "-o", "hidden=[8]"]


@pytest.fixture
def aecore(monkeypatch, capsys):
    """Run the command line in this process: exit code, standard output, standard error."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)  # typer replaces it

    def run(*words: object, columns: int = 200) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["aecore", *map(str, words)])
        monkeypatch.setattr(console.out, "width", columns)
        try:
            command_line.main()
            code = 0
        except SystemExit as stopped:
            code = stopped.code or 0
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture
def shop(finished_store, tmp_path):
    """A copy of the finished runs, to be damaged at will."""
    shutil.copytree(finished_store.root, tmp_path / "shop")
    return RunStore(tmp_path / "shop")


@pytest.fixture
def imported(finished_store, tmp_path):
    """A store with one run that came as a file."""
    store = RunStore(tmp_path / "imported")
    return archives.import_file(archives.export(finished_store.open("digits-vae-z2")), store)


# list


def test_names_that_people_gave_are_listed_and_open_their_runs(aecore, shop):
    first, second = shop.listing().runs[:2]
    assert " name " not in aecore("list", "--store", shop.root)[1].splitlines()[0]
    shop.annotate(first, "my first")
    header, *rows = aecore("list", "--store", shop.root)[1].splitlines()
    assert header.split()[:3] == ["run", "name", "trained"]
    assert sum("my first" in row for row in rows) == 1
    assert aecore("show", "my first", "--store", shop.root)[1].startswith(first.run_id)
    shop.annotate(second, "my first")
    code, _, err = aecore("show", "my first", "--store", shop.root)
    assert code == 2
    assert first.run_id in err
    assert second.run_id in err


def test_what_was_imported_says_so_wherever_it_is_named(aecore, imported):
    store = ("--store", imported.path.parent)
    assert imported.origin in aecore("list", *store)[1]
    assert imported.caveat in aecore("show", imported.run_id, *store)[1]
    summary = json.loads(aecore("show", imported.run_id, "--json", *store)[1])
    assert (summary["imported"], summary["measured_here"]) == (imported.manifest["imported"], False)


def test_a_training_is_not_skipped_in_favour_of_an_imported_run_without_a_word(aecore, imported):
    settings = ["-o", "hidden=[24,16]", "--epochs", "2", "--store", imported.path.parent]
    for queue in ([], ["--queue"]):
        code, _, err = aecore("train", "vae", "digits", *settings, *queue)
        assert code == 0
        assert imported.caveat in err
        assert f"To train it here: python -m aecore delete {imported.run_id}, then train." in err


def test_one_run_that_cannot_be_read_leaves_the_others_in_the_list(aecore, shop):
    run = shop.open("digits-vae-z2")
    (run.path / "metrics.json").write_bytes(b"x" * (run.path / "metrics.json").stat().st_size)
    code, out, err = aecore("list", "--store", shop.root)
    assert code == 1
    assert "digits-ae-z2" in out
    assert run.run_id in err


def test_list_names_every_run_on_a_line_of_its_own(aecore, finished_store):
    code, out, _ = aecore("list", "--store", finished_store.root)
    assert code == 0
    for run in finished_store.listing().runs:
        (line,) = [line for line in out.splitlines() if run.run_id in line]
        assert f"{run.metrics['mse']:.4f}" in line


def test_list_gives_whole_ids_in_80_columns(aecore, finished_store):
    _, out, _ = aecore("list", "--store", finished_store.root, columns=80)
    assert all(run.run_id in out for run in finished_store.listing().runs)


def test_list_as_json_parses(aecore, finished_store):
    code, out, _ = aecore("list", "--store", finished_store.root, "--json")
    assert code == 0
    assert [entry["run_id"] for entry in json.loads(out)] == [
        run.run_id for run in finished_store.listing().runs
    ]


def test_list_of_an_empty_store_says_how_to_fill_it(aecore, tmp_path):
    code, out, _ = aecore("list", "--store", tmp_path / "nowhere")
    assert (code, out) == (0, "No runs yet. Train one: python -m aecore train vae digits\n")


def test_a_list_of_runs_that_cannot_be_shown_does_not_say_that_there_are_none(
    aecore, finished_store, monkeypatch
):
    monkeypatch.setenv("AECORE_VARIANTS", "/nowhere/at/all")
    code, out, err = aecore("list", "--store", finished_store.root)
    assert (code, out) == (1, "")
    assert "AECORE_VARIANTS" in err


def test_a_tilde_that_quotes_kept_from_the_shell_is_the_home_folder(aecore, shop, monkeypatch):
    monkeypatch.setenv("HOME", str(shop.root.parent))
    monkeypatch.setenv("USERPROFILE", str(shop.root.parent))
    code, out, _ = aecore("list", "--store", f"~/{shop.root.name}")
    assert (code, "digits-vae-z2" in out) == (0, True)


def test_list_of_an_empty_store_as_json_is_an_empty_list(aecore, tmp_path):
    assert json.loads(aecore("list", "--store", tmp_path / "nowhere", "--json")[1]) == []


@pytest.mark.parametrize("words", [["list"], ["list", "--json"]], ids=["table", "json"])
@pytest.mark.parametrize("name", ["manifest.json", "weights.safetensors", "metrics.json"])
def test_list_names_a_damaged_run_on_stderr_and_still_gives_the_others(aecore, shop, name, words):
    spoilt = shop.open("digits-vae-z2").path
    (spoilt / name).unlink()
    code, out, err = aecore(*words, "--store", shop.root)
    assert code == 1
    assert f"The run {spoilt.name} in {shop.root} is damaged: {name}" in err
    assert "digits-ae-z2" in out
    assert "digits-vae-z2" not in out


@pytest.mark.parametrize("words", [["list"], ["list", "--json"]], ids=["table", "json"])
def test_list_gives_the_others_where_metrics_were_altered_at_the_same_size(aecore, shop, words):
    spoilt = shop.open("digits-vae-z2").path
    content = (spoilt / "metrics.json").read_bytes()
    (spoilt / "metrics.json").write_bytes(b"[" + content[1:])
    code, out, err = aecore(*words, "--store", shop.root)
    assert code == 1
    assert f"The run {spoilt.name} in {shop.root} is damaged" in err
    assert "digits-ae-z2" in out


def test_list_names_every_variant_there_is(aecore, finished_store):
    _, out, _ = aecore("list", "--store", finished_store.root)
    named = {line.split("-")[1] for line in out.splitlines() if line.strip().startswith("digits-")}
    assert named == set(variants.names())


# options


@pytest.mark.parametrize("variant", variants.names())
def test_options_gives_every_option_a_line_with_its_default_its_range_and_its_help(aecore, variant):
    code, out, err = aecore("options", variant, columns=160)
    assert (code, err) == (0, "")
    fields = dataclasses.fields(variants.options(variant))
    lines = {line.split()[0]: line for line in out.splitlines()}
    for field in fields:
        default = list(field.default) if isinstance(field.default, tuple) else field.default
        for words in (json.dumps(default), allowed(field), field.metadata["help"]):
            assert words in lines[field.name]
    assert len(lines) == len(fields) + 1 or out == f"{variant} has no options of its own.\n"


def test_options_of_a_variant_without_any_says_so(aecore):
    assert aecore("options", "pca")[1] == "pca has no options of its own.\n"


def test_the_defaults_that_options_shows_can_be_handed_to_train(aecore, own_runs):
    lines = aecore("options", "ae")[1].splitlines()[1:]
    words = []
    for line in lines:
        name, default = re.match(r" *(\w+) +(\[.*?\]|\S+)", line).groups()
        words += ["-o", f"{name}={default}"]
    code, _, _ = aecore("train", "ae", "digits", "--epochs", 1, *words)
    (run,) = RunStore(own_runs).listing().runs
    assert (code, run.config) == (0, variants.configure("ae", "digits", epochs=1))


def test_options_of_an_unknown_variant_exits_with_2_and_lists_the_known_ones(aecore):
    code, out, err = aecore("options", "gan")
    assert (code, out) == (2, "")
    assert err == f"There is no variant called 'gan'. Known: {', '.join(variants.names())}.\n"


# classify


def test_classify_prints_the_test_accuracy(aecore, finished_store):
    run_id = finished_store.open("digits-ae-z2").run_id
    code, out, _ = aecore("classify", "digits-ae-z2", "--epochs", 1, "--store", finished_store.root)
    assert code == 0
    assert re.fullmatch(rf"{run_id}  fine_tuned: test accuracy 0\.\d{{4}}, higher is better\n", out)


def test_classify_reports_each_epoch_on_stderr(aecore, finished_store):
    words = ["classify", "digits-ae-z2", "from_scratch", "--epochs", 2, "--store", finished_store.root]
    run_id = finished_store.open("digits-ae-z2").run_id
    lines = aecore(*words)[2].splitlines()
    assert len(lines) == 2
    for number, line in enumerate(lines, start=1):
        assert re.fullmatch(rf"{run_id} from_scratch epoch {number}/2: \d\.\d{{4}} nats", line)


def test_classify_as_json_gives_the_accuracy_in_full(aecore, finished_store):
    opened = runs.open_run("digits-vae-z2", finished_store)
    words = ["classify", "digits-vae-z2", "--epochs", 1, "--seed", 3, "--store", finished_store.root]
    found = json.loads(aecore(*words, "--json")[1])
    assert found == {
        "run_id": opened.stored.run_id,
        "task": "fine_tuned",
        "accuracy": runs.finetune_accuracy(opened, "fine_tuned", epochs=1, seed=3),
    }


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["ae", "linear"], "task cannot be 'linear': it must be fine_tuned or from_scratch."),
        (["ae", "fine_tuned", "--seed", "-1"], "seed cannot be -1: it must be a whole number from 0 to "),
        (["gan"], "There is no run called 'digits-gan-z2'. Known: "),
    ],
)
def test_a_wrong_classification_exits_with_2_and_one_sentence(aecore, finished_store, words, sentence):
    words[0] = f"digits-{words[0]}-z2"
    code, out, err = aecore("classify", *words, "--store", finished_store.root)
    assert (code, out) == (2, "")
    assert err.startswith(sentence)


# show


@pytest.mark.parametrize("variant", variants.names())
def test_show_gives_config_and_metrics_with_their_units(aecore, finished_store, variant):
    code, out, _ = aecore("show", f"digits-{variant}-z2", "--store", finished_store.root)
    assert code == 0
    epochs = 2 if is_trained(variant) else 1
    assert re.search(rf"^ +epochs +{epochs}$", out, re.MULTILINE)
    (line,) = [line for line in out.splitlines() if catalog()["mse"].title in line]
    assert "per pixel" in line
    assert "PCA, same size" in line


def test_a_training_that_learned_nothing_says_so_as_it_trains_and_at_the_end(aecore, tmp_path):
    words = ("train", "ae", "digits", "--epochs", "4", "--learning-rate", "10", "--store", str(tmp_path))
    code, _, stderr = aecore(*words)
    said = [line for line in stderr.splitlines() if "Constant codes" in line]
    assert (code, len(said)) == (0, 2)
    assert all("lower learning rate" in line for line in said)
    assert stderr.index(said[0]) < stderr.index("epoch 4/4")
    assert "is never called best" in said[1]


def test_show_and_list_say_that_a_run_has_collapsed(aecore, tmp_path):
    run = runs.train("vae", "digits", store=RunStore(tmp_path), epochs=30, beta=20.0, hidden=(16,)).stored
    _, out, _ = aecore("show", run.run_id, "--store", tmp_path)
    assert "Collapsed: the code says next to nothing about the image (0 of 2 dimensions alive" in out
    (line,) = [line for line in aecore("list", "--store", tmp_path)[1].splitlines() if run.run_id in line]
    assert line.rstrip().endswith("collapsed")
    assert (
        json.loads(aecore("show", run.run_id, "--store", tmp_path, "--json")[1])["code"]["kind"]
        == "collapsed"
    )


@pytest.mark.parametrize("command", ["holes", "coverage", "project", "rewind", "import", "classify"])
def test_what_shows_a_result_of_a_collapsed_run_says_so(aecore, finished_store, tmp_path, command):
    run = finished_store.open("digits-ae-z2")
    of, store = run.run_id, tmp_path / "runs"
    if command == "import":
        of, store = archives.export_file(run, tmp_path), tmp_path / "elsewhere"
    else:
        shutil.copytree(run.path, store / of)
    options = {"project": ["--method", "pca"], "classify": ["--epochs", 1]}.get(command, [])
    code, _, stderr = aecore(command, of, *options, "--store", store)
    assert code == 0
    assert stderr.splitlines()[-1].startswith("Collapsed: ")


def test_show_takes_an_id_too(aecore, finished_store):
    run = finished_store.open("digits-ae-z2")
    code, out, _ = aecore("show", run.run_id, "--store", finished_store.root)
    assert code == 0
    assert out.startswith(f"{run.run_id}: Autoencoder on Digits 8×8, {run.path}\n")


def test_show_as_json_is_config_and_metrics(aecore, finished_store):
    run = finished_store.open("digits-vae-z2")
    _, out, _ = aecore("show", "digits-vae-z2", "--store", finished_store.root, "--json")
    found = json.loads(out)
    assert found["metrics"] == run.metrics
    assert found["config"] == json.loads(json.dumps(run.config.to_json()))


def test_show_of_an_unknown_run_exits_with_2_and_lists_the_known_ones(aecore, finished_store):
    code, out, err = aecore("show", "mnist-vae-z2", "--store", finished_store.root)
    known = ", ".join(sorted(f"digits-{name}-z2" for name in variants.names()))
    assert (code, out) == (2, "")
    assert err == f"There is no run called 'mnist-vae-z2'. Known: {known}.\n"


def test_show_of_a_damaged_run_exits_with_1(aecore, shop):
    run = shop.open("digits-ae-z2")
    (run.path / "metrics.json").unlink()
    code, _, err = aecore("show", run.run_id, "--store", shop.root)
    assert code == 1
    assert err.startswith(f"The run {run.run_id} in {shop.root} is damaged: metrics.json is missing.")


@pytest.mark.parametrize("name", ["[/x]", "[bold]digits[/bold]", ":apple:"])
def test_what_a_person_types_is_printed_as_it_is(aecore, finished_store, name):
    code, _, err = aecore("show", name, "--store", finished_store.root)
    assert code == 2
    assert err.startswith(f"There is no run called {name!r}.")


def test_a_path_with_brackets_is_printed_as_it_is(aecore, finished_store, tmp_path):
    shutil.copytree(finished_store.root, tmp_path / "[runs]")
    _, out, _ = aecore("show", "digits-ae-z2", "--store", tmp_path / "[runs]")
    assert str(tmp_path / "[runs]") in out


# train


def test_train_prints_the_id_and_the_folder_and_nothing_else_on_stdout(aecore, own_runs):
    code, out, _ = aecore("train", "ae", "digits", *TINY)
    (run,) = RunStore(own_runs).listing().runs
    assert (code, out) == (0, f"{run.run_id}  {run.path}\n")


def test_train_reports_each_epoch_on_a_plain_line_where_there_is_no_terminal(aecore):
    _, out, err = aecore("train", "vae", "digits", *TINY)
    run_id = out.split()[0]
    lines = [line for line in err.splitlines() if " epoch " in line]  # what is said of a collapse has none
    assert len(lines) == 2
    for number, line in enumerate(lines, start=1):
        pattern = rf"{run_id} epoch {number}/2: reconstruction \d+\.\d\d, kl \d+\.\d\d nats"
        assert re.fullmatch(pattern, line)


def test_train_shows_a_bar_on_a_terminal(aecore, monkeypatch):
    screen = Console(file=io.StringIO(), force_terminal=True, width=150, soft_wrap=True)
    monkeypatch.setattr(train, "err", screen)
    aecore("train", "ae", "digits", *TINY)
    assert "2/2" in screen.file.getvalue()
    assert "━" in screen.file.getvalue()


def test_train_hands_every_setting_on(aecore, own_runs):
    words = ["--latent-dim", 3, "--batch-size", 300, "--learning-rate", 0.001, "--seed", 4]
    aecore("train", "vae", "digits", *TINY, *words, "-o", "beta=4", "--option", "likelihood=gaussian")
    (run,) = RunStore(own_runs).listing().runs
    assert run.config == variants.configure(
        "vae",
        "digits",
        epochs=2,
        hidden=[8],
        latent_dim=3,
        batch_size=300,
        learning_rate=0.001,
        seed=4,
        beta=4,
        likelihood="gaussian",
    )


@pytest.mark.parametrize("widths", ["[24,16]", "24,16", "24, 16"])
def test_train_takes_a_list_with_or_without_brackets(aecore, widths):
    code, out, _ = aecore("train", "ae", "digits", "--epochs", 1, "-o", f"hidden={widths}")
    assert code == 0
    assert RunStore().open(out.split()[0]).config.options["hidden"] == (24, 16)


def test_train_into_another_store(aecore, tmp_path, own_runs):
    aecore("train", "ae", "digits", *TINY, "--store", tmp_path / "other")
    assert len(RunStore(tmp_path / "other").listing().runs) == 1
    assert not own_runs.exists()


def test_train_opens_what_was_trained_before(aecore):
    first = aecore("train", "ae", "digits", *TINY)
    second = aecore("train", "ae", "digits", *TINY)
    assert second[:2] == (0, first[1])
    assert " epoch " not in second[2]
    assert second[2].startswith("Collapsed")  # two epochs teach it nothing, and that is said again


RECIPES = [
    {"variant": "ae", "dataset": "digits", "epochs": 1, "hidden": [8]},
    {"variant": "vae", "dataset": "digits", "epochs": 1, "hidden": [8], "beta": 2},
]


def test_train_goes_through_a_file_of_recipes(aecore, tmp_path, own_runs):
    (tmp_path / "recipes.json").write_text(json.dumps(RECIPES))
    code, out, _ = aecore("train", "--recipes", tmp_path / "recipes.json")
    assert (code, len(out.splitlines())) == (0, 2)
    expected = {variants.configure(**recipe).run_id for recipe in RECIPES}
    assert {run.run_id for run in RunStore(own_runs).listing().runs} == expected


def test_the_shipped_recipes_are_valid_and_no_two_are_the_same():
    recipes = json.loads((ROOT / "pretrained" / "recipes.json").read_text())
    ids = {variants.configure(**recipe).run_id for recipe in recipes}
    assert len(ids) == len(recipes) > 0


def test_a_wrong_recipe_is_noticed_before_the_first_is_trained(aecore, tmp_path, own_runs):
    wrong = [RECIPES[0], RECIPES[1] | {"variant": "gan"}]
    (tmp_path / "recipes.json").write_text(json.dumps(wrong))
    assert aecore("train", "--recipes", tmp_path / "recipes.json")[0] == 2
    assert not own_runs.exists()


@pytest.mark.parametrize("text", [None, "", "{", "3", "[3]", "{}", '[{"variant": "ae"}]', "[" * 100_000])
def test_a_recipes_file_that_is_none_exits_with_2_and_is_named(aecore, tmp_path, text):
    path = tmp_path / "recipes.json"
    if text is not None:
        path.write_text(text)
    code, _, err = aecore("train", "--recipes", path)
    assert code == 2
    assert "recipes.json" in err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["gan", "digits"], "There is no variant called 'gan'. Known: "),
        (["ae", "cats"], "There is no data set called 'cats'. Known: "),
        (["ae", "digits", "-o", "betta=4"], "There is no setting of ae called 'betta'. Known: "),
        (["ae", "digits", "-o", f"hidden={'[' * 100_000}"], "hidden cannot be '[[["),
        (["ae", "digits", "-o", "betta"], "option cannot be 'betta': it must be name=value."),
        (
            ["ae", "digits", "-o", "hidden=8"],
            "hidden cannot be 8: it must be a list of whole numbers, such as [512, 256].",
        ),
        (["vae", "digits", "-o", "beta=0,5"], "beta cannot be [0, 5]: it must be a number from 0 to 1000."),
        (["vae", "digits", "-o", "beta=NaN"], "beta cannot be nan: it must be a number from 0 to 1000."),
        (["vae", "digits", "-o", "beta=x"], "beta cannot be 'x': it must be a number from 0 to 1000."),
        (
            ["pca", "digits", "--epochs", "2"],
            "epochs cannot be 2: it must be 1: pca is fitted in closed form.",
        ),
        (["ae", "digits", "-o", "output=relu"], "output cannot be 'relu': it must be sigmoid where the loss"),
        (
            ["aae", "digits", "--latent-dim", "3", "-o", "prior=swiss_roll"],
            "prior cannot be 'swiss_roll': it must be standard_normal unless the latent dimension is 2.",
        ),
        (
            ["conv", "digits", "--latent-dim", "3", "-o", "code=feature_map", "-o", "channels=[4]"],
            "latent_dim cannot be 3: it must be a multiple of 16: the feature map is 4 x 4.",
        ),
        (["ae", "digits", "--epochs", "0"], "epochs cannot be 0: it must be a whole number from 1 to "),
        (["ae"], "train needs a data set after ae. Try python -m aecore train ae digits;"),
        (["digits"], "train needs a variant before digits. Try python -m aecore train vae digits;"),
        ([], "train needs a variant and a data set. Try python -m aecore train vae digits;"),
    ],
)
def test_a_wrong_setting_exits_with_2_and_one_sentence(aecore, words, sentence):
    code, out, err = aecore("train", *words)
    assert (code, out) == (2, "")
    assert err.startswith(sentence)
    assert err.count("\n") == 1


@pytest.mark.parametrize("name", ["variant", "dataset", "store"])
def test_an_option_that_is_none_of_the_variants_exits_with_2(aecore, name):
    code, _, err = aecore("train", "ae", "digits", "-o", f"{name}=x")
    assert code == 2
    assert name in err


@pytest.mark.parametrize("words", [["fly"], ["list", "--colour"], ["train", "ae", "digits", "--epochs", "x"]])
def test_wrong_usage_exits_with_2(aecore, words):
    assert aecore(*words)[0] == 2


def test_an_unwritable_store_exits_with_1_and_says_which_setting_moves_it(aecore, tmp_path):
    (tmp_path / "file").write_text("")
    code, _, err = aecore("train", "ae", "digits", *TINY, "--store", tmp_path / "file" / "runs")
    assert code == 1
    assert err.endswith("Set AECORE_RUNS to a folder that can be written.\n")


@pytest.fixture
def interrupted(monkeypatch):
    """Press Ctrl-C in the first epoch."""

    def press(*arguments, **settings):
        raise KeyboardInterrupt

    monkeypatch.setattr(runs, "train_config", press)


def test_an_interrupted_training_exits_with_130(aecore, interrupted):
    assert aecore("train", "ae", "digits", *TINY)[0] == 130


def test_an_interrupted_training_says_that_nothing_is_left(aecore, interrupted):
    run_id = variants.configure("ae", "digits", epochs=2, hidden=[8]).run_id
    said = f"Interrupted before the first epoch ended; nothing of {run_id} was kept."
    assert aecore("train", "ae", "digits", *TINY)[2].strip() == said


def press(epoch) -> None:
    raise KeyboardInterrupt


def test_an_interrupted_training_says_how_to_go_on_and_goes_on(aecore):
    config = variants.configure("ae", "digits", epochs=2, hidden=[8])
    with pytest.raises(KeyboardInterrupt):
        runs.train_config(config, on_epoch=press)
    assert [job["state"] for job in json.loads(aecore("jobs", "--json")[1])] == ["paused"]
    code, out, err = aecore("train", "--resume", config.run_id)
    assert (code, out.split()[0]) == (0, config.run_id)
    assert f"{config.run_id} goes on after epoch 1" in err
    assert f"{config.run_id} epoch 2/2" in err
    assert f"{config.run_id} epoch 1/2" not in err


def test_resume_without_a_name_takes_everything_that_was_interrupted(aecore):
    assert aecore("train", "--resume")[1].strip() == "Nothing was interrupted."
    ids = []
    for seed in (1, 2):
        config = variants.configure("ae", "digits", epochs=2, hidden=[8], seed=seed)
        with pytest.raises(KeyboardInterrupt):
            runs.train_config(config, on_epoch=press)
        ids.append(config.run_id)
    assert [line.split()[0] for line in aecore("train", "--resume")[1].splitlines()] == ids


def test_resuming_what_was_never_begun_is_refused(aecore):
    code, _, err = aecore("train", "--resume", "digits-ae-z2-0000000000")
    assert code == 2
    assert err.startswith("There is no unfinished training called 'digits-ae-z2-0000000000'.")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["project"], "project needs a run or a data set, or --recipes FILE. Try python -m aecore project "),
        (["delete"], "delete needs a run. Try python -m aecore delete "),
        (["rewind", "RUN", "--source", "."], "rewind needs --compact beside --source. Try python -m aecore "),
    ],
)
def test_a_command_that_lacks_a_word_names_it_and_gives_an_example(aecore, words, sentence):
    code, out, err = aecore(*words)
    assert (code, out) == (2, "")
    assert err.startswith(sentence)
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "one", "other"),
    [
        (["cancel", "RUN", "--pause", "--keep"], "--keep", "--pause"),
        (["delete", "RUN", "--empty-trash"], "--empty-trash", "a run"),
        (["evaluate", "RUN", "--keep", "--metric", "mse"], "--keep", "--metric"),
        (["project", "RUN", "--recipes", "maps.json"], "--recipes", "a run or data set"),
        (["project", "--subsample", 50, "--recipes", "maps.json"], "--recipes", "--subsample"),
        (["project", "--method", "pca", "--recipes", "maps.json"], "--recipes", "--method"),
        (["train", "ae", "digits", "--recipes", "all.json"], "--recipes", "a variant, a data set"),
        (["train", "--recipes", "all.json", "--resume"], "--recipes", "--resume"),
        (["train", "--recipes", "all.json", "--latent-dim", 3], "--recipes", "--latent-dim"),
        (["train", "--recipes", "all.json", "-o", "beta=4"], "--recipes", "--option"),
        (["train", "--resume", "--seed", 0], "--resume without a data set", "--seed"),
        (["train", "--resume", "RUN", "--epochs", 9], "--resume without a data set", "--epochs"),
    ],
)
def test_of_two_options_that_exclude_one_another_none_is_passed_over(aecore, words, one, other):
    code, out, err = aecore(*words)
    assert (code, out) == (2, "")
    assert err.startswith(f"{words[0]} cannot take {one} together with {other}")
    assert err.count("\n") == 1


def test_cancel_discards_a_training_or_stores_what_there_is(aecore, monkeypatch):
    config = variants.configure("ae", "digits", epochs=3, hidden=[8])
    with pytest.raises(KeyboardInterrupt):
        runs.train_config(config, on_epoch=press)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    kept = dataclasses.replace(config, stop_after=1)
    code, out, _ = aecore("cancel", config.run_id, "--keep")
    assert code == 0
    assert f"stored as it is after epoch 1: {kept.run_id}\n" in out
    assert out.endswith(f"python -m aecore show {kept.run_id}\n")
    for _ in range(600):
        if RunStore().find(kept):
            break
        time.sleep(0.1)
    assert len(RunStore().find(kept).history) == 1
    with pytest.raises(KeyboardInterrupt):
        runs.train_config(dataclasses.replace(config, seed=5), on_epoch=press)
    other = dataclasses.replace(config, seed=5).run_id
    assert aecore("cancel", other)[0] == 0
    assert json.loads(aecore("jobs", "--json")[1]) == []


def test_a_queued_training_is_trained_by_a_process_of_its_own(aecore, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    run_id = variants.configure("ae", "digits", epochs=2, hidden=[8]).run_id
    assert aecore("train", "ae", "digits", *TINY, "--queue")[1].startswith(f"{run_id}  begins")
    for _ in range(600):
        if [run.run_id for run in RunStore().listing().runs if not run.is_shipped] == [run_id]:
            break
        time.sleep(0.1)
    assert RunStore().open(run_id).manifest["files"]["rewind.safetensors"]["bytes"] > 0
    assert "was trained before" in aecore("train", "ae", "digits", *TINY, "--queue")[1]


def test_the_time_left_is_said_in_the_words_of_an_estimate(aecore, monkeypatch):
    config = variants.configure("ae", "digits", epochs=3, hidden=[8])
    with pytest.raises(KeyboardInterrupt):
        runs.train_config(config, on_epoch=press)
    monkeypatch.setattr(jobs, "queue_length", lambda store: 0)
    monkeypatch.setattr(jobs.Job, "seconds_left", 9043.0)
    assert "2 h 31 min" in aecore("jobs")[1]


# evaluate


@pytest.mark.parametrize("variant", variants.names())
def test_evaluate_measures_again_what_was_stored(aecore, finished_store, variant):
    name = f"digits-{variant}-z2"
    code, out, _ = aecore("evaluate", name, "--store", finished_store.root, "--json")
    assert code == 0
    assert json.loads(out) == pytest.approx(finished_store.open(name).metrics, rel=1e-6)


@pytest.mark.parametrize("is_terminal", [True, False])
def test_evaluate_says_on_stderr_that_it_measures(aecore, finished_store, monkeypatch, is_terminal):
    monkeypatch.setattr(console.err, "_force_terminal", is_terminal)
    code, out, err = aecore("evaluate", "digits-ae-z2", "--store", finished_store.root, "--json")
    assert code == 0
    assert json.loads(out)
    assert "measuring digits-ae-z2" in err


def test_evaluate_refuses_a_number_that_there_is_not_before_it_says_that_it_measures(aecore, finished_store):
    code, out, err = aecore("evaluate", "digits-ae-z2", "--metric", "beauty", "--store", finished_store.root)
    assert (code, out) == (2, "")
    assert err.startswith("There is no number called 'beauty'. Known: ")


@pytest.mark.parametrize(
    ("metric", "sentence"),
    [
        ("test_error", "{0} has no number for 'Test error'."),
        (
            "fine_tuned_accuracy",
            "{0} has no number for 'Accuracy after fine-tuning'. "
            "To measure it: python -m aecore classify {0} fine_tuned",
        ),
    ],
)
def test_evaluate_says_of_a_number_that_a_run_cannot_have_why_there_is_none(
    aecore, finished_store, tmp_path, metric, sentence
):
    path = finished_store.open("digits-ae-z2").path
    run_id = shutil.copytree(path, tmp_path / path.name).name
    code, out, err = aecore("evaluate", run_id, "--metric", metric, "--store", tmp_path)
    assert (code, out) == (0, "")
    assert sentence.format(run_id) in " ".join(err.split())


def test_evaluate_shows_a_table_of_the_same_numbers(aecore, finished_store):
    shown = aecore("show", "digits-ae-z2", "--store", finished_store.root)[1]
    measured = aecore("evaluate", "digits-ae-z2", "--store", finished_store.root)[1]
    assert shown.endswith(measured)


def test_evaluate_of_a_run_with_damaged_weights_exits_with_1(aecore, shop):
    run = shop.open("digits-ae-z2")
    content = bytearray((run.path / "weights.safetensors").read_bytes())
    content[-1] ^= 1
    (run.path / "weights.safetensors").write_bytes(content)
    code, _, err = aecore("evaluate", run.run_id, "--store", shop.root)
    assert code == 1
    assert "weights.safetensors is not what was written" in err


# As a person starts it


def start(*words: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False
    )


def test_the_module_runs_from_a_shell_and_passes_its_exit_code_on():
    done = start("-m", "aecore", "show", "nothing")
    assert done.returncode == 2
    assert done.stderr.startswith("There is no run called 'nothing'.")


def test_commands_compute_with_as_many_threads_as_a_training_does(aecore, finished_store, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert aecore("list", "--store", finished_store.root)[0] == 0
    assert os.environ["OMP_NUM_THREADS"] == "3"
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    assert aecore("list", "--store", finished_store.root)[0] == 0
    assert os.environ["OMP_NUM_THREADS"] == "5"


def test_without_a_command_it_shows_what_there_is():
    assert {"list", "train", "options", "show", "evaluate", "classify"} <= set(
        start("-m", "aecore").stdout.split()
    )


def test_listing_runs_does_not_load_torch(finished_store):
    code = f"""
import sys
from aecore.cli.app import app
sys.argv = ["aecore", "list", "--store", {str(finished_store.root)!r}]
try:
    app()
except SystemExit as stopped:
    assert not stopped.code
assert "torch" not in sys.modules
"""
    assert start("-c", code).returncode == 0
