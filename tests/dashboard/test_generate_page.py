"""The Generate page: where codes come from, as which class, what is nearest, and links that lead nowhere."""

import base64
import dataclasses
import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from aecore import datasets, runs
from aecore.errors import DataDamaged
from aecore.latent import sampling
from aecore.storage.store import RunStore
from dashboard.figures.sample_grid import sample_grid
from dashboard.generate import recipes
from dashboard.generate.recipes import Recipe
from dashboard.services import cached_reads, engine
from tests.addresses import address

PAGE = str(Path(__file__).resolve().parents[2] / "dashboard" / "app_pages" / "generate.py")
BASE = Recipe("prior", 1.0, None, 0.25, 3, None, 12, 0)


@pytest.fixture
def small_runs(finished_store, monkeypatch):
    """The page with one small run of every variant on digits."""
    monkeypatch.setenv("AECORE_RUNS", str(finished_store.root))
    return {run.config.variant: run for run in RunStore(finished_store.root).listing().runs}


def opened(run, /, **parameters: str) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=60)
    chosen = {"dataset": run.config.dataset, "variant": run.config.variant, "run": run.run_id}
    for name, value in (chosen | parameters).items():
        app.query_params[name] = value
    return app.run()


def written(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.markdown, *app.caption, *app.info])


def trouble(app: AppTest) -> list[str]:
    """What could not be done; runs of two epochs have collapsed, and are said to have."""
    return [one.value for one in app.warning if not one.value.startswith("Collapsed")]


def grid(app: AppTest) -> str:
    """The samples as they stand on the page."""
    return next(body for one in app.get("html") if "<img" in (body := one.proto.body))


def pictures(app: AppTest) -> list[str]:
    body = grid(app)
    return re.findall(r'<img class="(\w*)" alt="[^"]+" src="(data:image/png;base64,[^"]+)"', body)


def opened_picture(address: str) -> np.ndarray:
    """Grey values of a picture that stands in the page."""
    content = base64.b64decode(address.partition(",")[2])
    with Image.open(io.BytesIO(content)) as picture:
        return np.asarray(picture)


# Codes


def test_the_priors_codes_are_those_of_sampling_with_temperature_and_truncation(small_runs):
    recipe = dataclasses.replace(BASE, temperature=0.5, truncation=1.0)
    found = recipes.codes(small_runs["vae"], recipe)
    np.testing.assert_array_equal(found, sampling.prior_codes("standard_normal", 12, 2, 0, 0.5, 1.0))
    assert abs(found).max() <= 0.5


def test_a_mixture_is_fitted_to_the_runs_own_codes(small_runs):
    run, recipe = small_runs["ae"], dataclasses.replace(BASE, source="mixture", count=400)
    found, own = recipes.codes(run, recipe), run.arrays["codes"]
    np.testing.assert_allclose(found.mean(0), own.mean(0), atol=4 * own.std(0).max() / 20)
    np.testing.assert_allclose(found.std(0), own.std(0), rtol=0.2)


def test_round_an_image_codes_spread_as_a_share_of_all_codes(small_runs):
    run = small_runs["ae"]
    own = run.arrays["codes"]
    recipe = dataclasses.replace(BASE, source="around", image=7, spread=0.5, count=4000)
    found = recipes.codes(run, recipe) - own[7]
    assert found.std() == pytest.approx(0.5 * np.sqrt(own.var(0).mean()), rel=0.05)
    still = dataclasses.replace(recipe, spread=0.0)
    np.testing.assert_array_equal(recipes.codes(run, still), np.tile(own[7], (4000, 1)))


def test_classes_come_in_turn_or_all_as_one_and_only_where_the_decoder_takes_one(small_runs):
    run = small_runs["conditional_vae"]
    assert recipes.labels(run, BASE).tolist() == [*range(10), 0, 1]
    assert recipes.labels(run, dataclasses.replace(BASE, label=4)).tolist() == [4] * 12
    assert recipes.labels(small_runs["vae"], BASE) is None


def test_a_model_without_a_prior_begins_with_the_mixture_and_its_normal_is_called_foreign(small_runs):
    assert next(iter(recipes.sources(small_runs["vae"]))) == "prior"
    found = recipes.sources(small_runs["ae"])
    assert next(iter(found)) == "mixture"
    assert "not trained for it" in found["prior"]
    assert "never held to" in recipes.words(small_runs["ae"], BASE)


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"temperature": 0.7, "truncation": 2.0}, ["N(0, I)", "±2 standard", "temperature 0.7", "seed 0"]),
        ({"source": "mixture", "seed": 5}, ["10 Gaussians", "599 test images", "seed 5"]),
        ({"source": "around", "image": 9, "spread": 0.3}, ["test image 9", "0.3 of the codes' own"]),
    ],
)
def test_a_sentence_says_every_setting_that_had_a_say(small_runs, changes, parts):
    found = recipes.words(small_runs["vae"], dataclasses.replace(BASE, **changes))
    assert all(part in found for part in parts)


# The grid


def test_each_sample_stands_with_its_real_neighbour_and_caption():
    images = np.random.default_rng(0).random((3, 4, 4, 1))
    html = sample_grid(images, images, ["<a>", "b", "c"])
    assert html.count("<img") == 6
    assert html.count('class="real"') == 3
    assert "&lt;a&gt;" in html
    assert sample_grid(images).count("<img") == 3
    assert "figcaption>" not in sample_grid(images)


# The page


def test_generate_opens_on_the_prior_with_the_nearest_real_images_beside(small_runs):
    app = opened(small_runs["vae"])
    assert not app.exception
    assert not trouble(app)
    assert app.radio[0].value == "prior"
    kinds = [kind for kind, _ in pictures(app)]
    assert kinds == ["", "real"] * 40
    assert "a copy would be at 0" in written(app)
    assert [b.label for b in app.get("download_button")] == ["PNG", "Codes, Parquet", "Codes, CSV"]


@pytest.mark.parametrize(
    "variant", ["pca", "ae", "vae", "aae", "conditional_vae", "semi_supervised_aae", "conv"]
)
@pytest.mark.parametrize("source", ["prior", "mixture", "around"])
def test_every_kind_of_run_draws_from_every_source(small_runs, variant, source):
    app = opened(small_runs[variant], **{"from": source, "count": "8"})
    assert not app.exception
    assert not trouble(app)
    assert not app.error
    assert len(pictures(app)) == 16


def test_the_nearest_image_of_a_reconstruction_and_its_distance_are_the_true_ones(small_runs):
    run = small_runs["ae"]
    app = opened(run, **{"from": "around", "image": "5", "spread": "0.0", "count": "4"})
    shown = engine.decode(run.path, run.arrays["codes"][5:6])[0]
    known = datasets.load_images("digits", "train")
    apart = np.sqrt(((known.pixels.astype(np.float32) / 255 - shown) ** 2).mean((1, 2, 3)))
    at, label = apart.argmin(), known.classes[known.labels[apart.argmin()]]
    body = grid(app)
    assert f"{apart.min():.3f} · image {at} ({label})" in body
    (_, sample), (_, real), *_ = pictures(app)
    np.testing.assert_allclose(opened_picture(sample), shown[..., 0] * 255, atol=0.51)
    np.testing.assert_array_equal(opened_picture(real), known.pixels[at, ..., 0])


def test_a_model_that_copies_a_training_image_is_seen_to(small_runs, monkeypatch):
    copied = datasets.load_images("digits", "train").pixels[17:21].astype(np.float32) / 255
    monkeypatch.setattr(engine, "decode", lambda path, codes, labels=None: copied)
    app = opened(small_runs["vae"], count="4", noise="77")
    assert "nearest is sample 1, at 0." in written(app)
    for index in range(17, 21):
        assert f"0.000 · image {index} (" in grid(app)
    (_, sample), (_, real), *_ = pictures(app)
    np.testing.assert_array_equal(opened_picture(sample), opened_picture(real))


def test_without_training_images_the_page_says_that_a_copy_would_not_show(small_runs, monkeypatch):
    load = datasets.load_images

    def test_split_only(name, split):
        if split == "train":
            raise DataDamaged(Path("train"), "cut off")
        return load(name, split)

    monkeypatch.setattr(datasets, "load_images", test_split_only)
    cached_reads.training_images.__wrapped__.clear()
    app = opened(small_runs["vae"], count="8")
    assert not app.exception
    told = written(app)
    assert (
        "resemblance to test images: copies of training images, which cannot be read here, would not show"
        in told
    )
    assert "a copy would be at 0" not in told
    assert "most similar of all 599 test images" in told
    cached_reads.training_images.__wrapped__.clear()


def test_new_samples_are_other_samples_and_the_seed_stands_in_the_address(small_runs):
    app = opened(small_runs["vae"], count="8")
    before = pictures(app)
    next(button for button in app.button if button.label == "New samples").click().run()
    assert not app.exception
    assert address(app)["seed"] == "1"
    assert pictures(app) != before
    assert pictures(opened(small_runs["vae"], count="8", seed="1")) == pictures(app)


def test_a_view_is_a_link(small_runs):
    app = opened(small_runs["conditional_vae"], **{"from": "mixture", "temperature": "0.5", "drawn_as": "3"})
    assert app.radio[0].value == "mixture"
    assert "temperature 0.5" in written(app)
    assert "Drawn as the class 3." in written(app)
    assert "3 · " in grid(app)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("from", "nowhere"),
        ("temperature", "9"),
        ("temperature", "nan"),
        ("truncation", "0.01"),
        ("count", "100000"),
        ("count", "4.5"),
        ("seed", "-1"),
        ("nearest", "maybe"),
        ("run", "../../etc/passwd"),
    ],
)
def test_a_link_that_cannot_be_followed_is_answered_with_a_sentence(small_runs, name, value):
    app = opened(small_runs["vae"], **{name: value})
    assert not app.exception
    assert any(value in warning.value for warning in app.warning)
    assert address(app).get(name) != value
    assert pictures(app)


def test_an_image_that_is_not_there_is_answered_too(small_runs):
    app = opened(small_runs["vae"], **{"from": "around", "image": "599"})
    assert any("'599'" in warning.value for warning in app.warning)
    assert "test image 0" in written(app)


def test_without_the_images_the_samples_stand_alone_and_it_says_so(small_runs, monkeypatch):
    monkeypatch.setattr(
        "dashboard.services.cached_reads.images_are_here", lambda dataset, split="test": False
    )
    app = opened(small_runs["vae"], count="8")
    assert not app.exception
    assert "not on this machine" in written(app)
    assert [kind for kind, _ in pictures(app)] == [""] * 8


def test_the_grid_of_styles_is_drawn_where_the_decoder_is_given_a_class(small_runs):
    assert not opened(small_runs["vae"], styles="True").get("image")
    app = opened(small_runs["semi_supervised_aae"], styles="True")
    assert not app.exception
    assert len(app.get("image")) == 1
    assert "Style by class" in written(app)


def test_a_damaged_run_is_answered_with_a_sentence(own_runs):
    run = runs.train("vae", "digits", epochs=1, hidden=(8,)).stored
    content = bytearray((run.path / "codes.safetensors").read_bytes())
    content[-1] ^= 1
    (run.path / "codes.safetensors").write_bytes(content)
    app = opened(run)
    assert not app.exception
    assert "is damaged" in app.error[0].value


def test_a_variant_without_a_run_says_how_to_train_one(own_runs, monkeypatch):
    monkeypatch.setattr("aecore.storage.settings.SHIPPED", own_runs)
    app = AppTest.from_file(PAGE, default_timeout=60)
    app.query_params["dataset"], app.query_params["variant"] = "digits", "lstm"
    assert "`python -m aecore train lstm digits`" in app.run().info[0].value


def test_a_run_whose_code_says_nothing_says_so_above_its_samples(small_runs, monkeypatch):
    app = opened(RunStore().open("mnist-ae-z2-8b0aad7251"))
    assert not app.exception
    assert app.warning[0].value.startswith("Collapsed: reconstructions are no better than the mean image")


def test_a_decoder_that_draws_no_numbers_is_a_sentence(small_runs, monkeypatch):
    from aecore.models import inference

    def drawn(model, codes, conditions=None):
        return np.full((len(codes), 8, 8, 1), np.nan, np.float32)

    monkeypatch.setattr(inference, "decode", drawn)
    app = opened(small_runs["vae"], seed="77")
    assert not app.exception
    assert "draws pixels that are not finite numbers" in app.error[0].value
