"""The Generate page: where codes come from, as which class, what is nearest, and links that lead nowhere."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from streamlit.testing.v1 import AppTest

from aecore import datasets, runs
from aecore.errors import DataDamaged
from aecore.latent import sampling
from aecore.storage.store import RunStore
from dashboard.components.sample_grid import pack_places, pack_samples
from dashboard.generate import recipes
from dashboard.generate.recipes import Recipe
from dashboard.services import cached_reads, engine
from dashboard.shared.dimensions import dimensions
from tests.addresses import address
from tests.glossary_marks import unmarked
from tests.shown_samples import captions, shown_places, shown_samples

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
    return unmarked("\n".join(element.value for element in [*app.markdown, *app.caption, *app.info]))


def trouble(app: AppTest) -> list[str]:
    """What could not be done; runs of two epochs have collapsed, and are said to have."""
    return [one.value for one in app.warning if not one.value.startswith("Collapsed")]


def images(app: AppTest) -> np.ndarray:
    """The samples as they stand on the page, (n, h, w, c)."""
    return shown_samples(app)[0]["images"]


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


def test_samples_and_neighbours_travel_as_bytes_with_their_places_and_their_words():
    drawn = np.random.default_rng(0).random((3, 4, 4, 1))
    codes = np.array([[1, -2.004, 3, 4], [0, 0, 0, 0], [5, 6, 7, 8]], np.float32)
    lines = [["a", "b"], ["c", "d"], ["e", "f"]]
    about = {"codes": codes, "axes": (1, 3), "captions": lines, "group": "g"}
    packed = pack_samples(images=drawn, nearest=drawn[::-1], **about)
    tensors = safetensors.numpy.load(packed)
    np.testing.assert_array_equal(tensors["images"], np.round(drawn * 255))
    np.testing.assert_array_equal(tensors["nearest"], np.round(drawn[::-1] * 255))
    np.testing.assert_array_equal(tensors["places"], codes[:, [1, 3]])
    assert pack_samples(images=drawn, nearest=drawn[::-1], **about) == packed
    alone = pack_samples(images=drawn, nearest=None, **about | {"axes": None})
    assert set(safetensors.numpy.load(alone)) == {"images"}
    assert "1.00, \\u22122.00, 3.00, \\u2026" in alone.decode("latin-1").replace("\\\\", "\\")


@pytest.mark.parametrize(
    "change", [{"codes": np.zeros((2, 2))}, {"captions": [["a"]]}, {"nearest": np.zeros((3, 4, 5, 1))}]
)
def test_what_does_not_belong_together_is_refused(change):
    given = {"images": np.zeros((3, 4, 4, 1)), "nearest": None, "codes": np.zeros((3, 2)), "captions": []}
    with pytest.raises(ValueError, match=r"match|shape"):
        pack_samples(**given | change, axes=(0, 1), group="g")


def test_a_code_of_one_number_lies_on_a_line():
    codes = np.array([[1.0], [2.0]])
    packed = pack_places(codes=codes, labels=None, classes=0, axes=(0, -1), split="test", group="g")
    np.testing.assert_array_equal(safetensors.numpy.load(packed)["positions"], [[1, 0], [2, 0]])


# The page


def test_generate_opens_on_the_prior_with_the_nearest_real_images_beside(small_runs):
    app = opened(small_runs["vae"])
    assert not app.exception
    assert not trouble(app)
    assert app.radio[0].value == "prior"
    tensors, about = shown_samples(app)
    assert len(tensors["images"]) == len(tensors["nearest"]) == len(about["captions"]) == 40
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
    assert len(images(app)) == len(shown_samples(app)[0]["nearest"]) == 8


def test_the_nearest_image_of_a_reconstruction_and_its_distance_are_the_true_ones(small_runs):
    run = small_runs["ae"]
    app = opened(run, **{"from": "around", "image": "5", "spread": "0.0", "count": "4"})
    shown = engine.decode(run.path, run.arrays["codes"][5:6])[0]
    known = datasets.load_images("digits", "train")
    apart = np.sqrt(((known.pixels.astype(np.float32) / 255 - shown) ** 2).mean((1, 2, 3)))
    at, label = apart.argmin(), known.classes[known.labels[apart.argmin()]]
    tensors, about = shown_samples(app)
    article = "an" if label == "8" else "a"
    assert about["captions"][0] == [f"distance {apart.min():.3f}", f"image {at}, {article} {label}"]
    np.testing.assert_allclose(tensors["images"][0], shown * 255, atol=0.51)
    np.testing.assert_array_equal(tensors["nearest"][0], known.pixels[at])


def test_a_model_that_copies_a_training_image_is_seen_to(small_runs, monkeypatch):
    copied = datasets.load_images("digits", "train").pixels[17:21].astype(np.float32) / 255
    monkeypatch.setattr(engine, "decode", lambda path, codes, labels=None: copied)
    app = opened(small_runs["vae"], count="4", noise="77")
    assert "nearest is sample 1, at 0." in written(app)
    tensors, about = shown_samples(app)
    for index, (distance, real) in zip(range(17, 21), about["captions"], strict=True):
        assert distance == "distance 0.000"
        assert real.startswith(f"image {index}, a")
    np.testing.assert_array_equal(tensors["images"], tensors["nearest"])


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
    before = images(app)
    next(button for button in app.button if button.label == "New").click().run()
    assert not app.exception
    assert address(app)["seed"] == "1"
    assert not np.array_equal(images(app), before)
    np.testing.assert_array_equal(images(opened(small_runs["vae"], count="8", seed="1")), images(app))


def test_a_view_is_a_link(small_runs):
    app = opened(small_runs["conditional_vae"], **{"from": "mixture", "temperature": "0.5", "drawn_as": "3"})
    assert app.radio[0].value == "mixture"
    assert "temperature 0.5" in written(app)
    assert "Drawn as the class 3." in written(app)
    assert all(first.startswith("as 3 · 0.") for first, _ in shown_samples(app)[1]["captions"])


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
    assert len(images(app))


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
    assert len(images(app)) == 8
    assert "nearest" not in shown_samples(app)[0]
    assert captions(app) == ""


def test_the_plane_has_the_codes_of_the_test_images_and_the_samples_lie_on_it(small_runs):
    run = small_runs["vae"]
    app = opened(run, count="8")
    tensors, about = shown_places(app)
    np.testing.assert_array_equal(tensors["positions"], run.arrays["codes"])
    np.testing.assert_array_equal(tensors["labels"], run.labels)
    samples, drawn = shown_samples(app)
    np.testing.assert_array_equal(samples["places"], recipes.codes(run, dataclasses.replace(BASE, count=8)))
    assert about["group"] == drawn["group"]
    assert drawn["shows_normal"]


def test_the_plane_stays_while_other_samples_are_drawn(small_runs):
    kept = [
        one.proto.bytes
        for seed in ("0", "1")
        for one in opened(small_runs["vae"], count="8", seed=seed).get("bidi_component")
        if "sample_plane" in one.proto.component_name
    ]
    assert kept[0] == kept[1]


@pytest.mark.parametrize(("source", "shown"), [("prior", True), ("mixture", False), ("around", False)])
def test_the_normal_is_drawn_on_the_plane_only_where_the_codes_are_drawn_from_it(small_runs, source, shown):
    app = opened(small_runs["ae"], count="8", **{"from": source})
    assert shown_samples(app)[1]["shows_normal"] is shown


def test_of_a_wide_code_the_plane_shows_the_two_dimensions_that_explore_opens_on():
    run = RunStore().open("mnist-vae-z32")
    app = opened(run, count="4")
    first = dimensions(run.arrays["codes"], run.arrays.get("kl")).first
    tensors, about = shown_places(app)
    assert tuple(about["axes"]) == first
    np.testing.assert_array_equal(tensors["positions"], run.arrays["codes"][:, first])


def test_where_the_code_is_too_wide_for_the_plane_there_is_only_the_grid_and_it_says_so(
    small_runs, monkeypatch
):
    monkeypatch.setattr(cached_reads, "WIDEST_PLANE", 1)
    app = opened(small_runs["vae"], count="8")
    assert not app.exception
    assert "Codes of 2 numbers are too wide for the plane." in written(app)
    assert "places" not in shown_samples(app)[0]
    assert not [one for one in app.get("bidi_component") if "sample_plane" in one.proto.component_name]


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
