"""The linked planes' part of the Compare page, without a browser."""

import shutil
import time

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from aecore.storage import annotations
from aecore.storage.settings import SHIPPED
from aecore.storage.store import RunStore
from dashboard.compare import planes
from dashboard.services import cached_reads, engine, packed_planes
from dashboard.shared.plain_text import as_text
from dashboard.state import keys
from tests.addresses import address
from tests.conftest import ROOT

RUNS = ("digits-ae-z2", "digits-vae-z2", "digits-aae-z2")


def page(names: tuple[str, ...]) -> None:
    """What a page would do."""
    from dashboard.compare import planes
    from dashboard.services import cached_reads

    planes.show([next(run for run in cached_reads.listing().runs if run.name == name) for name in names])


def opened(names: tuple[str, ...] = RUNS, **parameters: str) -> AppTest:
    app = AppTest.from_function(page, args=(names,), default_timeout=60)
    for name, value in parameters.items():
        app.query_params[name] = value
    return app.run()


@pytest.fixture
def without_maps(monkeypatch: pytest.MonkeyPatch) -> None:
    """As before anybody asked for a map."""
    monkeypatch.setattr(cached_reads, "kept_holes", lambda run: None)


def test_every_run_has_its_heading_and_its_numbers():
    app = opened()
    assert not app.exception
    variants = {"ae": "Autoencoder", "vae": "Variational autoencoder", "aae": "Adversarial autoencoder"}
    shares = {name: RunStore().open(f"digits-{name}-z2").metrics["hole_share"] for name in variants}
    headings = [line.value for line in app.markdown if "hole cells ↓]" in line.value]
    assert headings == [
        f"**{title}** · z = 2 :blue-badge[{100 * shares[name]:.1f} % hole cells ↓]"
        for name, title in variants.items()
    ]
    run = RunStore().open("digits-vae-z2")
    metrics, count = run.metrics, len(run.arrays["codes"])
    said = [caption.value for caption in app.caption]
    assert any(f"all {count} test images" in line for line in said)
    assert any("the mean of q(z|x) where that has a spread" in line for line in said)
    (line,) = [line for line in said if f"MSE ↓ {metrics['mse']:.4f} · the prior, N(0, I)" in line]
    assert f"Hole cells ↓ {100 * metrics['hole_share']:.1f} % · " in line
    assert any("Lower is better in each." in line for line in said)
    assert any("no prior: not trained for N(0, I)" in line for line in said)


def test_hole_cells_and_hatching_are_two_numbers_with_a_chance_each():
    run = RunStore().open("digits-vae-z2")
    metrics = run.metrics | {"hole_share_whitened": 0.1, "hole_share_null": 0.05}
    object.__setattr__(run, "metrics", metrics)
    words = planes.measures(run, {"share": np.float64(0.012), "null": np.float64(0.001)})
    _, cells, hatched = words.split("  \n")
    assert cells.endswith(" % · 10.0 % if whitened · 5.0 % by chance")
    assert hatched == "Hatched ↓ 1.2 % of the prior's mass · 0.1 % by chance"


def test_a_data_set_of_other_variants_opens_with_two_of_them():
    app = AppTest.from_file(str(ROOT / "dashboard" / "app_pages" / "compare.py"), default_timeout=60)
    app.query_params[keys.DATASET] = "sprites"
    app.run()
    assert not app.exception
    assert len(app.multiselect(key=keys.RUNS).value) == 2


def test_two_runs_of_one_variant_are_told_apart():
    twins = [
        run
        for run in cached_reads.listing().runs
        if run.config.variant == "ae" and run.config.dataset == "mnist"
    ]
    words = planes.headings([run for run in twins if run.config.latent_dim == 2])
    assert len(set(words.values())) == len(words) == 2


def test_maps_are_asked_for_and_computed_once(without_maps, monkeypatch):
    asked = []
    monkeypatch.setattr(engine, "holes", lambda path, report: asked.append(path.name))
    app = opened()
    assert [button.label for button in app.button] == ["Map the holes"]
    app.button[0].click().run()
    deadline = time.monotonic() + 20
    while len(asked) < len(RUNS) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert sorted(asked) == sorted(RunStore().open(name).run_id for name in RUNS)


def test_a_name_that_somebody_gave_is_plain_text_in_the_hint_of_the_maps(without_maps, own_runs):
    shipped, name = RunStore().open("digits-ae-z2"), "![](//host/p.png)"
    shutil.copytree(shipped.path, own_runs / shipped.run_id)
    (own_runs / shipped.run_id / annotations.FILE).write_bytes(annotations.Annotation(name, "").to_bytes())
    (button,) = opened(("digits-ae-z2",)).button
    assert as_text(name) in button.help
    assert name not in button.help


def test_a_map_that_is_kept_is_not_offered(monkeypatch):
    centres = np.linspace(-3, 3, 4)
    kept = {"x": centres, "y": centres, "cycle_error": np.zeros((4, 4)), "holes": np.ones((4, 4), bool)}
    monkeypatch.setattr(cached_reads, "kept_holes", lambda run: kept)
    app = opened()
    assert not app.exception
    assert not app.button
    runs = [RunStore().open(name) for name in RUNS]
    assert set(planes.kept_maps(runs)) == {run.run_id for run in runs}


@pytest.mark.parametrize("damaged", [0, 1])
def test_a_damaged_run_says_so_and_the_others_stand(own_runs, damaged):
    for name in RUNS:
        stored = RunStore(SHIPPED).open(name)
        shutil.copytree(stored.path, own_runs / stored.run_id)
    broken = own_runs / RunStore(SHIPPED).open(RUNS[damaged]).run_id / "codes.safetensors"
    broken.write_bytes(b"x" + broken.read_bytes()[1:])
    cached_reads._listing.clear()
    cached_reads.packed_plane.clear()
    packed_planes._digest.cache_clear()
    app = opened()
    assert not app.exception
    assert len(app.error) == 1
    assert len([line for line in app.markdown if line.value.startswith("**")]) == len(RUNS) - 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("link", "magnet"), ("at", "digits-vae-z2"), ("show", "everything"), ("view", "0,0,1")],
        *[("image", "9999"), ("hide", "10"), ("class", "10"), ("z", "1,2")],
    ],
)
def test_what_a_link_cannot_mean_is_named_and_left_out(name, value):
    app = opened(**{name: value})
    assert any(value in warning.value for warning in app.warning)
    assert name not in address(app)


def test_a_sound_link_is_left_alone():
    run_id = RunStore().open("digits-vae-z2").run_id
    link = {
        "link": "scaled",
        "at": run_id,
        "z": "0.5,-1",
        "show": "holes,prior",
        "view": "prior",
        "hide": "0,9",
    }
    app = opened(**link)
    assert not app.warning
    assert {name: address(app)[name] for name in link} == link


def test_what_is_chosen_stands_in_the_address():
    def keep() -> None:
        from dashboard.state import plane

        plane.keep_shared_selection()
        plane.keep_shared_view()

    app = AppTest.from_function(keep)
    app.session_state[keys.SHARED_PLANES] = {
        "selection": {"code": [0.5, -1.25], "plane": "run-a"},
        "view": {"link": "position", "window": "prior", "hide": "2", "show": "holes", "condition": "3"},
    }
    app.query_params["image"] = "4"
    app.run()
    assert dict(address(app)) == {
        **{"z": "0.5,-1.25", "at": "run-a", "link": "position", "view": "prior"},
        **{"hide": "2", "show": "holes", "class": "3"},
    }
