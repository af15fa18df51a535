"""Pages without a browser: what they say and offer, for every shipped run and for bad links."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from aecore.store import SHIPPED, RunStore
from dashboard import state

ROOT = Path(__file__).resolve().parents[2]
SHIPPED_RUNS = RunStore(SHIPPED).listing().runs


def opened(**parameters: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    for name, value in parameters.items():
        app.query_params[name] = value
    return app.run()


def heading(app: AppTest) -> str:
    return app.markdown[0].value


def test_every_kind_of_run_is_shipped():
    assert len(SHIPPED_RUNS) >= 9


@pytest.mark.parametrize("run", SHIPPED_RUNS, ids=lambda run: run.name)
def test_every_shipped_run_opens_by_its_link(run):
    app = opened(dataset=run.config.dataset, variant=run.config.variant, run=run.run_id)
    assert not app.exception
    assert heading(app) == f"### {run.manifest['data_title']} · {run.manifest['title']}"
    assert not app.warning


def test_it_opens_on_mnist_with_the_vae():
    app = opened()
    assert heading(app) == "### MNIST · Variational autoencoder"
    assert [box.value for box in app.sidebar.selectbox][:2] == ["mnist", "vae"]


def test_every_choice_is_in_the_address():
    app = opened()
    app.sidebar.selectbox[0].select("digits").run()
    app.sidebar.selectbox[1].select("aae").run()
    assert app.query_params["dataset"] == "digits"
    assert app.query_params["variant"] == "aae"
    assert app.query_params["run"].startswith("digits-aae-z2-")


def test_another_data_set_forgets_the_selected_image():
    app = opened(image="7")
    app.sidebar.selectbox[0].select("digits").run()
    assert "image" not in app.query_params


def test_another_variant_keeps_the_selected_image_and_forgets_the_window():
    app = opened(image="7", view="0,0,2")
    app.sidebar.selectbox[1].select("ae").run()
    assert app.query_params["image"] == "7"
    assert "view" not in app.query_params


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dataset", "cifar"),
        ("variant", "gan"),
        ("run", "../../etc/passwd"),
        ("image", "10000"),
        ("image", "-1"),
        ("image", "seven"),
        ("z", "1"),
        ("z", "nan,0"),
        ("view", "0,0,-1"),
        ("axes", "1,3"),
        ("axes", "1,1"),
        ("hide", "10"),
        ("show", "everything"),
    ],
)
def test_a_broken_link_falls_back_and_says_so(name, value):
    app = opened(**{name: value})
    assert not app.exception
    assert heading(app) == "### MNIST · Variational autoencoder"
    assert any(value in warning.value for warning in app.warning)
    assert app.query_params.get(name) != value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("image", "9999"),
        ("z", "-0.5,1e-3"),
        ("view", "0,0,2.5"),
        ("axes", "2,1"),
        ("hide", "0,9"),
        ("show", "prior"),
    ],
)
def test_a_sound_link_is_left_alone(name, value):
    app = opened(**{name: value})
    assert not app.warning
    assert app.query_params[name] == value


def test_numbers_stand_beside_their_floors():
    app, metrics = opened(), RunStore().open("mnist-vae-z2").metrics
    shown = {metric.label: metric for metric in app.metric}
    assert shown["Reconstruction MSE ↓"].value == f"{metrics['mse']:.4f}"
    beside = [caption.value for caption in app.caption]
    assert any(
        f"mean image {metrics['mean_image_mse']:.4f}" in text and f"{metrics['pca_mse']:.4f}" in text
        for text in beside
    )
    assert all(metric.help for metric in app.metric)


def test_a_selection_is_written_into_the_address():
    app = opened()
    app.session_state[state.PLANE] = {"selection": {"index": 12}}
    app.run()
    assert app.session_state[state.PLANE]["selection"] == {"index": 12}


def test_a_damaged_run_is_named_and_the_rest_still_opens(monkeypatch, tmp_path):
    copied = tmp_path / "runs" / SHIPPED_RUNS[0].run_id.replace("digits", "broken")
    shutil.copytree(SHIPPED_RUNS[0].path, copied)
    (copied / "weights.safetensors").write_bytes(b"cut")
    monkeypatch.setenv("AECORE_RUNS", str(tmp_path / "runs"))
    app = opened()
    assert any(copied.name in warning.value and "damaged" in warning.value for warning in app.sidebar.warning)
    assert heading(app) == "### MNIST · Variational autoencoder"


@pytest.mark.parametrize("name", ["weights.safetensors", "codes.safetensors", "history.json", "metrics.json"])
def test_a_run_with_an_altered_file_is_answered_with_a_sentence(monkeypatch, tmp_path, name):
    copied = tmp_path / "runs" / SHIPPED_RUNS[0].run_id
    shutil.copytree(SHIPPED_RUNS[0].path, copied)
    altered = bytearray((copied / name).read_bytes())
    altered[-1] ^= 1
    (copied / name).write_bytes(altered)
    monkeypatch.setenv("AECORE_RUNS", str(tmp_path / "runs"))
    config = SHIPPED_RUNS[0].config
    app = opened(dataset=config.dataset, variant=config.variant, run=SHIPPED_RUNS[0].run_id)
    assert not app.exception
    assert any(f"{name} is not what was written" in error.value for error in app.error)


def test_a_page_that_reads_runs_loads_no_torch():
    script = (
        "import sys; from streamlit.testing.v1 import AppTest;"
        "app = AppTest.from_file('dashboard/app.py', default_timeout=60).run();"
        "assert not app.exception and app.markdown; sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0
