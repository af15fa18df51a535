"""Pages without a browser: what they say and offer, for every shipped run and for bad links."""

import html
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from aecore import runs
from aecore.evaluation import collapse
from aecore.metrics import GROUPS, catalog
from aecore.models import cards, variants
from aecore.storage.settings import SHIPPED
from aecore.storage.store import RunStore
from dashboard.services import cached_reads, engine
from dashboard.state import keys, plane
from tests.addresses import address
from tests.glossary_marks import unmarked

ROOT = Path(__file__).resolve().parents[2]
SHIPPED_RUNS = RunStore(SHIPPED).listing().runs


def opened(**parameters: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    for name, value in parameters.items():
        app.query_params[name] = value
    return app.run()


def heading(app: AppTest) -> str:
    """The page's one heading of the first level."""
    drawn = [element.proto.body for element in app.get("html")]
    (found,) = [body for body in drawn if "<h1" in body]
    return html.unescape(re.sub("<.*?>", "", found))


def test_every_kind_of_run_is_shipped():
    assert len(SHIPPED_RUNS) >= 9


@pytest.mark.parametrize("run", SHIPPED_RUNS, ids=lambda run: run.name)
def test_every_shipped_run_opens_by_its_link(run):
    app = opened(dataset=run.config.dataset, variant=run.config.variant, run=run.run_id)
    assert not app.exception
    named = f"Explore: {run.manifest['data_title']} · {run.manifest['title']} · "
    assert heading(app).startswith(named)
    found = collapse.of_run(run.metrics, run.config.latent_dim)
    assert [warning.value for warning in app.warning] == [found.sentence] * found.is_total


def test_the_dashboard_opens_on_mnist_with_the_vae():
    app = opened()
    assert heading(app).startswith("Explore: MNIST · Variational autoencoder · ")
    assert [box.value for box in app.selectbox][:2] == ["mnist", "vae"]


def test_every_choice_is_in_the_address():
    app = opened()
    app.selectbox(key="dataset").select("digits").run()
    app.selectbox(key="variant").select("aae").run()
    assert address(app)["dataset"] == "digits"
    assert address(app)["variant"] == "aae"
    assert address(app)["run"].startswith("digits-aae-z2-")


def test_another_data_set_forgets_the_selected_image():
    app = opened(image="7")
    app.selectbox(key="dataset").select("digits").run()
    assert "image" not in address(app)


def test_another_variant_keeps_the_selected_image_and_forgets_the_window():
    app = opened(image="7", view="0,0,2")
    app.selectbox(key="variant").select("ae").run()
    assert address(app)["image"] == "7"
    assert "view" not in address(app)


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
        ("class", "3"),
    ],
)
def test_a_broken_link_falls_back_and_says_so(name, value):
    app = opened(**{name: value})
    assert not app.exception
    assert heading(app).startswith("Explore: MNIST · Variational autoencoder · ")
    assert any(value in warning.value for warning in app.warning)
    assert address(app).get(name) != value


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
    assert address(app)[name] == value


def test_numbers_stand_beside_their_floors():
    app, metrics = opened(about="Numbers"), RunStore().open("mnist-vae-z2").metrics
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
    app.session_state[keys.PLANE] = {"selection": {"index": 12}}
    app.run()
    assert app.session_state[keys.PLANE]["selection"] == {"index": 12}


def test_a_damaged_run_is_named_and_the_rest_still_opens(monkeypatch, tmp_path):
    copied = tmp_path / "runs" / SHIPPED_RUNS[0].run_id.replace("digits", "broken")
    shutil.copytree(SHIPPED_RUNS[0].path, copied)
    (copied / "weights.safetensors").write_bytes(b"cut")
    monkeypatch.setenv("AECORE_RUNS", str(tmp_path / "runs"))
    app = opened()
    assert any(copied.name in warning.value and "damaged" in warning.value for warning in app.warning)
    assert heading(app).startswith("Explore: MNIST · Variational autoencoder · ")


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


# Every variant, on the small runs of the tests


@pytest.fixture
def small_runs(finished_store, monkeypatch):
    """The page with one small run of every variant on digits."""
    monkeypatch.setenv("AECORE_RUNS", str(finished_store.root))
    return {run.config.variant: run for run in RunStore(finished_store.root).listing().runs}


def opened_run(run, section: str = "Model") -> AppTest:
    config = run.config
    return opened(dataset=config.dataset, variant=config.variant, run=run.run_id, about=section)


def texts(app: AppTest) -> str:
    return unmarked("\n".join(element.value for element in [*app.markdown, *app.caption, *app.info]))


@pytest.mark.parametrize("variant", variants.names())
def test_every_variant_opens_with_its_card_and_all_its_numbers(small_runs, variant, monkeypatch):
    monkeypatch.setattr(collapse, "of_run", lambda *_: collapse.Collapse("sound", "", ""))
    run, card = small_runs[variant], cards.card(variant)
    app = opened_run(run)
    assert not app.exception
    assert not app.error
    assert heading(app).startswith(f"Explore: Digits 8×8 · {card.title} · ")
    assert any(f"$$\n{card.formula}\n$$" in part.value for part in app.markdown)
    told = (card.summary, card.use, card.fails, card.see, card.source, *card.try_)
    assert [text for text in told if text not in html.unescape(texts(app))] == []
    app, labels = opened_run(run, "Numbers"), set()
    for group in GROUPS:
        app.session_state[keys.NUMBERS] = group.capitalize()
        labels |= {metric.label.rstrip(" ↓↑") for metric in app.run().metric}
    assert {catalog()[name].title for name in run.metrics if not catalog()[name].is_floor} <= labels


@pytest.mark.parametrize("variant", variants.names())
def test_the_caption_says_what_the_model_was_told_of_the_labels(small_runs, variant):
    run = small_runs[variant]
    told = run.manifest["labels"] or "which the model never saw"
    assert f"coloured by class ({told})" in unmarked(opened_run(run).caption[0].value)


def test_a_run_whose_code_says_nothing_says_so_above_its_plane():
    app = opened(dataset="mnist", variant="ae", run="mnist-ae-z2-8b0aad7251")
    assert not app.exception
    assert any(
        warning.value.startswith("Collapsed: reconstructions are no better") for warning in app.warning
    )
    assert any("collapsed" in option for box in app.selectbox for option in box.options)
    said = " ".join(one.value for one in app.markdown)
    assert "**How it fails**" in said
    assert "**How to see that here**" not in said
    assert "Try it" not in said
    app = opened(dataset="mnist", variant="vae", run=RunStore().open("mnist-vae-z32").run_id)
    assert any("16 of 32 dimensions alive" in info.value for info in app.info)
    assert "Try it" in " ".join(one.value for one in app.markdown)
    app = opened(dataset="mnist", variant="vae", run=RunStore().open("mnist-vae-z2").run_id)
    assert not [*app.warning, *app.info]


def test_the_layers_of_the_run_are_drawn(small_runs):
    drawn = [element.proto.body for element in opened_run(small_runs["aae"]).get("html")]
    (table,) = [html for html in drawn if 'class="layers"' in html]
    assert "Discriminator" in table
    assert "64 pixels → 2 numbers" in table


@pytest.fixture
def drawn_losses(monkeypatch) -> list[str]:
    """The charts of losses that a page draws, as they go to the browser."""
    drawn: list[str] = []
    monkeypatch.setattr("dashboard.explore.training.loss_charts", lambda charts, **_: drawn.append(charts))
    return drawn


def test_a_model_fitted_in_closed_form_shows_no_learning_curve(small_runs, drawn_losses):
    app = opened_run(small_runs["pca"], "Training")
    assert "Fitted in closed form" in texts(app)
    assert not app.get("plotly_chart")
    assert not drawn_losses


def test_every_loss_term_has_its_chart_and_the_kl_its_own(small_runs, drawn_losses):
    opened_run(small_runs["aae"], "Training")
    assert re.findall(r"<b>(.*?)</b>", drawn_losses.pop()) == [
        "reconstruction",
        "adversarial",
        "discriminator",
    ]
    app = opened_run(small_runs["vae"], "Training")
    assert re.findall(r"<b>(.*?)</b>", drawn_losses.pop()) == ["reconstruction", "kl"]
    assert not app.get("plotly_chart")
    app = opened_run(small_runs["vae"], "Numbers")
    app.session_state[keys.NUMBERS] = "Latent space"
    assert len(app.run().get("plotly_chart")) == 1  # the kl of each dimension


def test_a_link_names_the_class_that_a_conditional_decoder_draws(small_runs):
    link = {"dataset": "digits", "variant": "conditional_vae"}
    kept = opened(**link, **{"class": "3"})
    assert address(kept)["class"] == "3"
    assert not kept.warning
    dropped = opened(**link, **{"class": "10"})
    assert any("class='10'" in warning.value for warning in dropped.warning)


def test_another_variant_forgets_the_class(small_runs):
    app = opened(dataset="digits", variant="conditional_vae", **{"class": "3"})
    app.selectbox(key="variant").select("vae").run()
    assert "class" not in address(app)
    assert not app.warning


def test_the_view_writes_its_class_into_the_address(monkeypatch):
    written = {}
    monkeypatch.setattr(plane, "commit", lambda changes, goes_on: written.update(changes))
    monkeypatch.setattr(plane, "now", lambda: {keys.PLANE: {"view": {"condition": "0", "axes": ""}}})
    plane.keep_view()
    assert written == {
        "view": None,
        "axes": None,
        "hide": None,
        "show": None,
        "class": "0",
        "selected": None,
        "colour": None,
    }


def test_a_selection_brings_the_class_that_it_is_drawn_as(monkeypatch):
    written = []
    monkeypatch.setattr(plane, "commit", written.append)
    for chosen in ({"index": 5}, {"code": [1.5, -1e6], "condition": "7"}, {"turn": 2}, None):
        monkeypatch.setattr(plane, "now", lambda chosen=chosen: {keys.PLANE: {"selection": chosen}})
        plane.keep_selection()
    assert written == [
        {"image": "5", "z": None, "class": None},
        {"image": None, "z": "1.5,-1000000", "class": "7"},
        *[{"image": None, "z": None, "class": None}] * 2,
    ]


@pytest.mark.parametrize("latent_dim", [1, 20, 128, 200])
def test_codes_of_any_width_open_and_beyond_the_plane_a_sentence_says_so(own_runs, latent_dim):
    stored = runs.train("ae", "digits", latent_dim=latent_dim, epochs=1, hidden=(8,)).stored
    app = opened_run(stored, "Numbers")
    assert not app.exception
    assert not app.error
    assert [metric for metric in app.metric if metric.label.startswith("Reconstruction MSE")]
    assert ("shown without the plane" in texts(app)) == (latent_dim > 128)
    assert ("Each dot is one of" in texts(app)) == (latent_dim <= 128)


def test_a_prior_of_another_shape_opens(own_runs):
    narrow = {"hidden": (8,), "discriminator_hidden": (8,)}
    app = opened_run(runs.train("aae", "digits", prior="swiss_roll", epochs=1, **narrow).stored)
    assert not app.exception
    assert not app.error


def test_runs_are_told_apart_by_what_they_do_not_share(own_runs):
    for hidden in ((8,), (8, 4)):
        runs.train("ae", "digits", epochs=1, hidden=hidden)
    offered = opened(dataset="digits", variant="ae").selectbox(key="run").options
    own = [label for label in offered if not label.startswith("shipped")]
    told = [part for label in own for part in label.split(" · ") if part.startswith("hidden")]
    assert sorted(told) == ["hidden 8", "hidden 8-4"]
    assert not any("batch_size" in label or "loss" in label for label in own)


def test_a_run_is_told_by_its_words_before_its_numbers_and_by_no_more_than_it_takes(own_runs, monkeypatch):
    monkeypatch.setattr("aecore.storage.settings.SHIPPED", own_runs / "none")
    monkeypatch.setattr(collapse, "MEAN_IMAGE", np.inf)  # an epoch or two bring a run no further
    runs.train("ae", "digits", epochs=1, hidden=(8,))
    runs.train("ae", "digits", epochs=2, hidden=(8, 4), loss="mse")
    runs.train("ae", "digits", epochs=2, hidden=(8, 4), loss="mse", latent_dim=3)
    first, second, third = opened(dataset="digits", variant="ae").selectbox(key="run").options
    assert first.endswith("· z=2")
    assert second.endswith("· z=2 · loss mse")
    assert third.endswith("· z=3")


def test_every_setting_that_tells_runs_apart_is_said_in_words():
    usual = variants.configure("conv_denoising", "digits", epochs=6)
    changes = [{}, {"seed": 3}, {"epochs": 4}, {"stop_after": 2}, {"batch_size": 64}, {"lowest_level": 0.5}]
    settings = []
    for change in changes:
        config = variants.configure("conv_denoising", "digits", **{"epochs": 6} | change)
        settings.append(cached_reads._words_of_settings(config))
    for own, said in zip(
        settings[1:],
        ["seed 3", "4 epochs", "2 of 6 epochs", "batch size 64", "lowest level 0.5"],
        strict=True,
    ):
        (name,) = cached_reads._telling([settings[0], own])
        assert own[name] == said
    assert cached_reads._telling([cached_reads._words_of_settings(usual)]) == []


def test_every_variant_is_offered_in_the_order_of_learning_and_says_where_nothing_is_trained(own_runs):
    box = opened(dataset="digits").selectbox(key="variant")
    assert len(box.options) == len(variants.names())
    assert box.options[0].startswith("PCA")
    trained = {run.config.variant for run in RunStore().listing().runs if run.config.dataset == "digits"}
    untrained = [option for option in box.options if option.endswith("not trained yet")]
    assert len(untrained) == len(set(variants.names()) - trained)


def test_a_variant_without_a_run_shows_its_card_and_the_command(own_runs, monkeypatch):
    monkeypatch.setattr("aecore.storage.settings.SHIPPED", own_runs)
    app = opened(dataset="digits", variant="lstm")
    assert "`python -m aecore train lstm digits`" in app.info[0].value
    assert cards.card("lstm").fails in texts(app)


def test_a_variant_whose_card_is_not_whole_still_opens(small_runs, monkeypatch):
    monkeypatch.setattr(cards, "card", lambda name: (_ for _ in ()).throw(ValueError(f"no card of {name}")))
    app = opened_run(small_runs["ae"])
    assert not app.exception
    assert "no card of ae" in texts(app)
    assert opened_run(small_runs["ae"], "Numbers").metric


def style_toggles(app):
    return [toggle for toggle in app.toggle if "styles" in toggle.label]


def test_a_grid_of_styles_by_classes_is_drawn_where_the_decoder_is_given_a_class(small_runs):
    app = opened_run(small_runs["conditional_vae"])
    assert not app.get("image")
    style_toggles(app)[0].set_value(True).run()
    assert not app.exception
    assert len(app.get("image")) == 1


def test_there_is_no_grid_where_the_decoder_takes_no_class(small_runs):
    assert not style_toggles(opened_run(small_runs["vae"]))


def test_along_a_row_of_the_grid_the_style_stays_and_the_class_changes(small_runs):
    run = runs.Run(small_runs["supervised_aae"])
    grid = engine.style_by_class(run.stored.path)
    assert grid.shape == (8 * 8, 10 * 8, 1)
    style = np.random.default_rng(0).standard_normal((8, 2)).astype(np.float32)[3]
    for label in (0, 7):
        expected = run.decode([style], [label])[0]
        np.testing.assert_allclose(grid[24:32, 8 * label : 8 * label + 8], expected, atol=1e-6)


@pytest.mark.parametrize(("colour", "words"), [("error", "by its reconstruction error"), ("", "by class (")])
def test_the_caption_says_what_the_dots_are_coloured_by(small_runs, colour, words):
    run = small_runs["vae"]
    app = opened(dataset="digits", variant="vae", run=run.run_id, **({"colour": colour} if colour else {}))
    assert f"coloured {words}" in unmarked(app.caption[0].value)
