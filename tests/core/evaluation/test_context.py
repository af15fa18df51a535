"""What a finished model has, and that everything about it is worked out once and only when asked for."""

import pytest

from aecore import datasets
from aecore.evaluation import baselines
from aecore.evaluation.context import ModelContext
from aecore.metrics import catalog, measure
from aecore.models import inference


@pytest.fixture
def context(finished_run):
    """Make the context of a small run of a variant."""
    train, test = datasets.load_splits("digits")

    def make(variant: str, **settings) -> ModelContext:
        model = finished_run(variant).model

        def worked_out():
            return baselines.worked_out(train, test, 2, next(model.parameters()).device)

        return ModelContext(model, train, test, worked_out, **settings)

    return make


@pytest.mark.parametrize(
    ("variant", "own"),
    [
        ("ae", set()),
        ("pca", {"rectifier"}),
        ("vae", {"prior", "posterior", "bound"}),
        ("conditional_vae", {"prior", "posterior", "bound", "class"}),
        ("aae", {"prior", "discriminator"}),
        ("denoising", {"noise"}),
        ("stacked", {"noise", "classifier"}),
    ],
)
def test_a_model_has_what_its_kind_has(context, variant, own):
    assert context(variant).has - {"autoencoder", "encoder", "classifier head"} >= {"labels", "decoder"} | own
    others = {"rectifier", "prior", "posterior", "bound", "class", "discriminator", "noise"} - own
    assert not context(variant).has & others


def test_each_split_is_encoded_once_for_all_numbers(context, monkeypatch):
    asked, encode = [], inference.encode
    monkeypatch.setattr(inference, "encode", lambda model, split: asked.append(split) or encode(model, split))
    found = measure(context("vae"))
    assert len(asked) == 2
    assert len(found) > 60


def test_what_is_not_asked_for_is_not_worked_out(context, monkeypatch):
    monkeypatch.setattr(baselines, "worked_out", None)
    monkeypatch.setattr(ModelContext, "decode", None)
    assert set(measure(context("ae"), ["living_activity", "code_std"])) == {"living_activity", "code_std"}


def test_a_context_reports_long_work_as_it_goes(context):
    told = []
    measure(context("vae", report=lambda share, note: told.append((share, note))))
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert shares[0] == 0 < shares[-1] < 1
    assert len({note for _, note in told}) > 6


def test_of_images_without_classes_what_needs_them_is_left_out_and_the_rest_is_as_it_was(context):
    whole, bare = context("vae"), context("vae")
    bare.has = whole.has - {"labels"}
    expected = measure(whole)
    found = measure(bare)
    needing = {name for name, metric in catalog().items() if "labels" in metric.needs}
    assert needing & set(expected) == {
        *("knn_accuracy", "linear_probe", "pca_knn_accuracy", "real_recognised"),
        *("decoded_recognised", "decoded_recognised_whitened"),
        *("decoded_class_tv", "decoded_class_tv_whitened"),
    }
    assert found == {name: value for name, value in expected.items() if name not in needing}
