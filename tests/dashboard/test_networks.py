"""Whole models and classifiers, as a browser asks for them."""

import gzip
import json
import shutil

import numpy as np
import pytest
from safetensors.numpy import load
from starlette.applications import Starlette

from aecore.errors import RunDamaged
from aecore.evaluation import sample_classifier
from aecore.storage.settings import SHIPPED
from aecore.storage.store import RunStore
from dashboard.services import cached_reads, engine, networks
from tests.asgi import ask, run

APP = Starlette(routes=[networks.route()])
(DENOISING,) = [
    one
    for one in RunStore(SHIPPED).listing().runs
    if (one.config.dataset, one.config.variant) == ("digits", "denoising")
]


def asked(address: str) -> tuple:
    return run(ask(APP, f"/{address}"))


def test_a_run_is_sent_whole_without_loss_and_in_half_precision_where_that_is_none():
    status, headers, body = asked(networks.address(DENOISING))
    assert status == 200
    assert "immutable" in headers["cache-control"]
    sent, expected = load(gzip.decompress(body)), engine.network(DENOISING.path).tensors
    assert set(sent) == set(expected)
    for name, tensor in expected.items():
        np.testing.assert_array_equal(sent[name].astype(np.float32), tensor)
    assert {tensor.dtype for tensor in sent.values()} >= {np.dtype(np.float16)}
    assert sum(tensor.nbytes for tensor in sent.values()) < 0.7 * sum(t.nbytes for t in expected.values())


def test_a_classifier_is_sent_exactly():
    judge = sample_classifier.judge("digits").state_dict()
    _, _, body = asked(networks.judge_address("digits"))
    packed = gzip.decompress(body)
    for name, tensor in load(packed).items():
        np.testing.assert_array_equal(tensor.astype(np.float32), judge[name].numpy())
    about = json.loads(packed[8 : 8 + int.from_bytes(packed[:8], "little")])["__metadata__"]["network"]
    assert json.loads(about)["shape"] == [1, 8, 8]


def test_under_a_path_of_its_own_they_are_there():
    app = Starlette(routes=[networks.route("/lab")])
    assert run(ask(app, f"/lab/{networks.address(DENOISING)}"))[0] == 200


@pytest.mark.parametrize(
    "address",
    [
        "networks/{name}/0123456789abcdef",
        "networks/elsewhere/{version}",
        "networks/..%2f{name}/{version}",
        "networks/judge.digits/{version}",
        "networks/judge.letters/{version}",
        "networks/judge./{version}",
    ],
)
def test_what_there_is_no_network_of_is_not_found(address):
    name, version = DENOISING.run_id, networks.address(DENOISING).rpartition("/")[2]
    assert asked(address.format(name=name, version=version))[0] == 404


def test_a_model_too_large_to_be_sent_has_no_address(monkeypatch):
    address = networks.address(DENOISING)
    monkeypatch.setattr(networks, "MOST_PARAMETERS", DENOISING.manifest["parameters"] - 1)
    assert networks.address(DENOISING) is None
    assert asked(address)[0] == 404


def test_without_a_classifier_there_is_no_address(monkeypatch):
    monkeypatch.setattr(engine, "judge_path", lambda dataset: None)
    assert networks.judge_address("digits") is None


def test_a_run_that_no_page_can_show_is_not_sent(monkeypatch):
    def refuse(run):
        raise RunDamaged(run.path, "its layers do not fit")

    monkeypatch.setattr(cached_reads, "check", refuse)
    assert asked(networks.address(DENOISING))[0] == 404


def test_a_damaged_run_is_not_found(monkeypatch, tmp_path):
    monkeypatch.setenv("AECORE_RUNS", str(tmp_path))
    folder = shutil.copytree(DENOISING.path, RunStore().root / DENOISING.run_id)
    weights = bytearray((folder / "weights.safetensors").read_bytes())
    weights[-100:] = bytes(100)
    (folder / "weights.safetensors").write_bytes(weights)
    cached_reads._listing.clear()
    networks._packed_run.cache_clear()
    assert asked(networks.address(DENOISING))[0] == 404
    cached_reads._listing.clear()
