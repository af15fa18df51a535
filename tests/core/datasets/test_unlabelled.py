"""A data set without labels, one file dropped into the folder: trained, measured, sent, looked back at."""

import dataclasses
import json

import numpy as np
import pytest
from typer.testing import CliRunner

from aecore import datasets, runs
from aecore.analysis import projection
from aecore.cli.app import app
from aecore.denoising import models as denoisers
from aecore.errors import LabelsNeeded, RunDamaged
from aecore.evaluation import additions, baselines, sample_classifier
from aecore.jobs import closing
from aecore.maintenance import doctor
from aecore.metrics import catalog
from aecore.models import build, cards, variants
from aecore.storage import archive_validation, archives
from aecore.storage.replay import Rewind
from aecore.storage.run import FinishedRun
from aecore.storage.store import ABOUT, RunStore
from tests.conftest import quick

LEARN_FROM_LABELS = [name for name in variants.names() if cards.needs_labels(name)]
OTHERS = [name for name in variants.names() if name not in LEARN_FROM_LABELS]
OF_LABELS = {name for name, metric in catalog().items() if "labels" in metric.needs}


@pytest.fixture
def pebbles(made_data_set):
    """An unlabelled data set of small colour images."""
    made_data_set("pebbles", title="Pebbles", classes=0, shape=(32, 32, 3), count=60)


@pytest.fixture
def trained(pebbles):
    """Train a variant on it, quickly."""
    return lambda variant, **settings: runs.train(variant, "pebbles", **quick(variant) | settings)


def test_unlabelled_images_are_loaded_without_labels_and_classes(pebbles):
    images = datasets.load_images("pebbles", "test")
    assert (images.pixels.shape, images.labels, images.classes) == ((60, 32, 32, 3), None, ())
    assert not datasets.is_labelled("pebbles")
    assert datasets.is_labelled("digits")
    assert datasets.is_labelled("gone")


def test_images_with_labels_and_without_are_not_equal():
    labelled = datasets.load_images("digits", "test")
    bare = dataclasses.replace(labelled, labels=None, classes=())
    assert bare != labelled
    assert bare[:20] == datasets.Images(labelled.pixels[:20])


@pytest.mark.parametrize("variant", OTHERS)
def test_what_needs_no_labels_trains_and_has_all_numbers_that_need_none(trained, variant):
    run = trained(variant)
    assert (run.labels, run.stored.classes, run.stored.labels) == (None, (), None)
    assert "labels" not in run.stored.arrays
    assert run.stored.manifest["labels"] == ""
    assert not OF_LABELS & set(run.metrics)
    assert {"mse", "pca_mse", "trustworthiness", "mmd2_whitened"} <= set(run.metrics)
    assert "pca_knn_accuracy" not in run.metrics
    assert additions.not_measured(run.stored) == []
    runs.check_model(runs.open_run(run.stored.run_id).stored)


@pytest.mark.parametrize("variant", LEARN_FROM_LABELS)
def test_what_learns_from_labels_is_refused_before_it_starts(pebbles, variant):
    title = variants.module(variant).TITLE
    with pytest.raises(LabelsNeeded) as caught:
        variants.configure(variant, "pebbles")
    sentence = "needs labels, and the images of Pebbles have none. Use a data set with labels for it."
    assert str(caught.value) == f"The {title} {sentence}"


def test_the_cards_know_who_needs_labels():
    assert {"conditional_vae", "semi_supervised_aae", "supervised_aae"} <= set(LEARN_FROM_LABELS)
    modules = {name: variants.module(name) for name in variants.names()}
    assert [name for name in modules if getattr(modules[name], "NEEDS_LABELS", False)] == LEARN_FROM_LABELS


def test_a_config_that_was_made_elsewhere_is_refused_as_well(pebbles):
    config = dataclasses.replace(variants.configure("conditional_vae", "digits"), dataset="pebbles")
    with pytest.raises(LabelsNeeded):
        build.build_model(config, (32, 32, 3))


def test_the_stack_trains_without_its_supervised_stage(trained):
    run = trained("stacked", epochs=10)
    stages = [record["stage"] for record in run.history]
    assert stages.count("unsupervised") == 7
    assert "supervised" not in stages
    assert "test_error" not in run.metrics
    assert not [name for name in run.stored.weights if name.startswith("classifier")]


def test_a_run_goes_out_and_comes_in_the_same(trained, tmp_path):
    run = trained("vae")
    other = RunStore(tmp_path / "other")
    back = archives.import_file(archives.export(run.stored), other, runs.check_model)
    assert back.arrays.keys() == run.stored.arrays.keys()
    assert back.metrics == run.metrics
    assert doctor.examine(other, check_model=runs.check_model) == []


def test_labels_that_a_stranger_made_up_are_no_part_of_it(trained):
    stored = trained("ae").stored
    forged = RunStore(stored.path.parent.parent / "forged")
    arrays = {**stored.arrays, "labels": np.zeros(stored.test_images, np.int16)}
    about = {name: stored.manifest[name] for name in ABOUT}
    made = forged.write(
        FinishedRun(stored.config, stored.weights, arrays, stored.history, stored.metrics, about)
    )
    with pytest.raises(RunDamaged, match="'labels', which is no part of a run"):
        archive_validation.check(made)


def test_the_epochs_of_an_unlabelled_run_are_looked_back_at(trained):
    stored = trained("ae").stored
    rewind = Rewind(stored, stored.rewind_path)
    assert rewind.epochs == [0, 1, 2]
    assert rewind.images == list(range(8))


def test_an_unlabelled_run_is_measured_again_and_against_its_prior(trained):
    run = trained("vae")
    assert runs.remeasure(run).metrics == pytest.approx(run.metrics)
    found = runs.measure_coverage(run)
    model = run.config.latent_dim, run.model.prior
    assert not OF_LABELS & set(found)
    assert additions.lacking_coverage(found, *model, is_labelled=False) == []
    assert set(additions.lacking_coverage(found, *model, is_labelled=True)) <= OF_LABELS


def test_the_baselines_of_unlabelled_images_have_no_judge(pebbles):
    config, images = variants.configure("ae", "pebbles"), datasets.load_splits("pebbles")
    assert not baselines.are_kept(config, *images)
    assert baselines.kept(config, *images).judge is None
    assert baselines.are_kept(config, *images)
    assert "pca_mse" in baselines.kept(config, *images).floors
    assert closing.guess_baselines(*images) > 0


def test_what_classifies_says_that_there_are_no_labels(trained):
    with pytest.raises(
        LabelsNeeded, match="classifier that judges images needs labels, and the images of Peb"
    ):
        sample_classifier.judge("pebbles")
    with pytest.raises(LabelsNeeded, match=r"^Training a classifier needs labels, and"):
        runs.finetune_accuracy(trained("ae"), "fine_tuned")


def test_the_maps_of_an_unlabelled_run_have_no_accuracy(trained):
    for owner in (trained("ae", latent_dim=4).stored, "pebbles"):
        config = projection.configure(owner, "pca")
        made = projection.project(config)
        assert made.knn_accuracy is None
        assert 0 < made.trustworthiness <= 1
        assert projection.kept(config).knn_accuracy is None


def test_an_unlabelled_data_set_is_denoised(trained):
    found = denoisers.curve("pebbles", "gaussian", [0.25], ["median", trained("denoising").stored], 20)
    assert np.isfinite([means for line in found.lines.values() for means in line.means.values()]).all()


def test_the_command_line_shows_it(trained):
    run = trained("ae", latent_dim=4)
    command = CliRunner().invoke
    shown = command(app, ["show", run.stored.run_id])
    assert (shown.exit_code, "Pebbles" in shown.output or "pebbles" in shown.output) == (0, True)
    projected = command(app, ["project", run.stored.run_id, "--method", "pca"])
    assert projected.exit_code == 0
    assert "accuracy" not in projected.output
    answer = json.loads(command(app, ["project", "pebbles", "--method", "pca", "--json"]).stdout)
    assert "knn_accuracy" not in answer
    refused = command(app, ["train", "conditional_vae", "pebbles"])
    assert refused.exit_code != 0
