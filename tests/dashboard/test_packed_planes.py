"""What the plane shows of a run, and the scripts of large components, as a browser asks for them."""

import gzip
import shutil

import pytest
from starlette.applications import Starlette

from aecore.errors import AecoreError
from aecore.storage.settings import SHIPPED
from aecore.storage.store import RunStore
from dashboard.components import bundling, latent_plane
from dashboard.services import cached_reads, component_scripts, packed_planes
from tests.asgi import ask, run

APP = Starlette(routes=[packed_planes.route(), component_scripts.route()])
VAE = RunStore(SHIPPED).open("digits-vae-z2")


def asked(address: str, app: Starlette = APP) -> tuple:
    return run(ask(app, f"/{address}"))


def test_a_plane_is_sent_as_it_was_packed_and_kept_for_good():
    status, headers, body = asked(packed_planes.address(VAE))
    assert status == 200
    assert "immutable" in headers["cache-control"]
    assert gzip.decompress(body) == cached_reads.packed_plane(VAE.path)


def test_under_a_path_of_its_own_it_is_there():
    app = Starlette(routes=[packed_planes.route("/lab")])
    assert asked(f"lab/{packed_planes.address(VAE)}", app)[0] == 200


@pytest.mark.parametrize(
    "address",
    ["planes/{name}/0123456789abcdef", "planes/elsewhere/{digest}", "planes/..%2f{name}/{digest}"],
)
def test_what_there_is_no_plane_of_is_not_found(address):
    digest = packed_planes.address(VAE).rpartition("/")[2]
    assert asked(address.format(name=VAE.run_id, digest=digest))[0] == 404


def test_of_a_run_that_was_trained_again_only_what_is_there_is_sent(own_runs):
    shutil.copytree(VAE.path, own_runs / VAE.run_id)
    cached_reads._listing.clear()
    found = next(one for one in cached_reads.listing().runs if one.run_id == VAE.run_id)
    assert found.path.parent == own_runs
    address = packed_planes.address(found)
    assert asked(address)[0] == 200
    shutil.rmtree(found.path)
    cached_reads._listing.clear()
    assert asked(address) == asked(packed_planes.address(VAE))  # the shipped one, which is the same


def test_a_run_that_cannot_be_read_any_more_is_not_found(monkeypatch):
    address = packed_planes.address(VAE)

    def fails(path: object) -> bytes:
        raise AecoreError(f"{path} was altered")

    monkeypatch.setattr(cached_reads, "packed_plane", fails)
    packed_planes._compressed.cache_clear()
    assert asked(address)[0] == 404


def test_a_script_is_sent_whole_and_only_by_its_hash():
    source = latent_plane.bundle()
    stub = bundling.imported(source)
    (digest,) = (known for known in bundling.SCRIPTS if known in stub)
    status, headers, body = asked(f"{bundling.SCRIPT_PATH}/{digest}")
    assert (status, gzip.decompress(body).decode()) == (200, source)
    assert headers["content-type"].startswith("text/javascript")
    assert len(stub) < 1000
    assert asked(f"{bundling.SCRIPT_PATH}/{'0' * 16}")[0] == 404
