"""The Denoise page's comparison and curve: their sentences, cards, tables and figures, on small digits."""

import dataclasses
import hashlib
import json
import shutil
import time

import numpy as np
import pytest
from safetensors.numpy import load
from streamlit.testing.v1 import AppTest

from aecore import corruptions, datasets
from aecore.denoising import denoisers, tuning
from aecore.denoising.filters import FILTERS, USUAL
from aecore.storage.settings import SHIPPED
from aecore.storage.store import RunStore
from dashboard.denoise import results
from dashboard.denoise.cards import SURE, Card, Seen, decibels, record, seen_in
from dashboard.denoise.curve import verdict as curve_verdict
from dashboard.denoise.views import verdict
from dashboard.figures.denoising_curve import CurveLine, denoising_curve
from dashboard.services import cached_reads, engine
from dashboard.services.background import jobs
from dashboard.state import inputs
from tests.addresses import address

DIGITS = [run for run in RunStore(SHIPPED).listing().runs if run.config.dataset == "digits"]


def comparison(level: float = 0.5) -> None:
    from aecore import corruptions, datasets
    from dashboard.denoise import comparison

    clean = datasets.load_images("digits", "test").pixels[0].astype("float32") / 255
    draws = corruptions.draw(clean.shape, 0)
    noisy = corruptions.corrupt(clean, "gaussian", level, draws)
    comparison.show(clean, noisy, "digits", "gaussian", level, "test-0", draws)


def curve(kind: str = "gaussian") -> None:
    from dashboard.denoise import curve

    curve.show("digits", kind)


def both() -> None:
    from aecore import corruptions, datasets
    from dashboard.denoise import comparison, curve

    clean = datasets.load_images("digits", "test").pixels[0].astype("float32") / 255
    draws = corruptions.draw(clean.shape, 0)
    noisy = corruptions.corrupt(clean, "gaussian", 0.5, draws)
    comparison.show(clean, noisy, "digits", "gaussian", 0.5, "test-0", draws)
    curve.show("digits", "gaussian")


def run(script, **arguments) -> AppTest:
    return settled(AppTest.from_function(script, kwargs=arguments, default_timeout=60).run())


def settled(app: AppTest) -> AppTest:
    """Run again until no job is under way."""
    until = time.monotonic() + 60
    while any(not job.is_over for job in jobs()._jobs.values()):
        assert time.monotonic() < until
        time.sleep(0.05)
    return app.run()


def packed(app: AppTest, component: str) -> tuple[dict, np.ndarray]:
    """What a component was given: its metadata and its images."""
    (found,) = [one.proto for one in app.get("bidi_component") if one.proto.component_name == component]
    length = int.from_bytes(found.bytes[:8], "little")
    about = json.loads(found.bytes[8 : 8 + length])["__metadata__"]
    return json.loads(next(iter(about.values()))), load(found.bytes)["images"]


def cards(app: AppTest) -> dict[str, dict]:
    about, images = packed(app, "denoiser_cards")
    return {
        card["title"]: card | {"image": image} for card, image in zip(about["cards"], images, strict=True)
    }


def table(app: AppTest) -> dict[str, dict]:
    return {row["Denoiser"]: row for row in app.dataframe[0].value.to_dict("records")}


def button(app: AppTest, label: str):
    (found,) = [one for one in app.button if one.label.startswith(label)]
    return found


# The comparison


def test_every_denoiser_has_a_card_with_its_numbers_the_best_first():
    app = run(comparison)
    assert not app.exception
    assert not app.error
    found = cards(app)
    assert {"Linear ridge", "Median", "JPEG", "Denoising autoencoder"} < set(found)
    ratios = [card["psnr"] for card in found.values()]
    assert ratios == sorted(ratios, reverse=True)
    assert [card["best"] for card in found.values()] == [True, *[False] * (len(found) - 1)]
    for card in found.values():
        assert card["seen"]["words"] in {*map(str, range(10)), "none"}
        assert card["milliseconds"].endswith(" ms")
        assert not card["waits"]
    assert found["Denoising autoencoder"]["note"] == "learnt Gaussian, 0 to 0.7"
    assert "comes closest" in app.markdown[0].value
    assert "uniform 7 × 7 window" in app.caption[-1].value


def test_the_noisy_and_the_clean_image_stand_in_the_table_beside_what_the_classifier_sees():
    app = run(comparison)
    app.segmented_control(key="as").set_value("table").run()
    found = table(app)
    assert next(iter(found)) == "Clean image"
    assert all(0 <= row["Sure (%)"] <= 100 for row in found.values())
    assert found["Clean image"]["Seen as"]
    assert found["Noisy image"]["PSNR ↑ (dB)"] < 15
    assert not app.get("bidi_component")


def test_models_and_the_classifier_have_an_address_that_names_their_weights():
    about, _ = packed(run(comparison), "denoiser_cards")
    models = {card["name"] for card in about["cards"] if card["role"] == "model"}
    assert set(about["networks"]) == {"judge", *models}
    (denoising,) = [one for one in DIGITS if one.config.variant == "denoising"]
    weights = denoising.manifest["files"]["weights.safetensors"]["sha256"]
    assert about["networks"][denoising.run_id] == f"networks/{denoising.run_id}/{weights[:16]}"


# The grid of levels


def test_the_grid_is_what_each_filter_makes_of_the_noise_of_each_level_as_it_is_fitted():
    tuning._search.cache_clear()
    tuning.search("digits", "gaussian", 0.9, "median")
    app = run(comparison)
    about, images = packed(app, "denoiser_grid")
    levels = corruptions.find("gaussian").levels
    assert about["levels"] == list(levels)
    assert set(about["names"]) == {"ridge", *USUAL}
    clean = datasets.load_images("digits", "test").pixels[0].astype("float32") / 255
    draws = corruptions.draw(clean.shape, 0)
    known = {0.5, *tuning.kept_levels("digits", "gaussian", "median")}
    assert 0.9 in known
    for level in (0.5, 0.95):
        nearest = min(known, key=lambda one: abs(one - level))
        denoise = denoisers.by_filter("median", "digits", "gaussian", nearest, debias="monotone")
        expected = denoise(corruptions.corrupt(clean, "gaussian", level, draws)[None])[0]
        found = images[levels.index(level), about["names"].index("median")]
        np.testing.assert_allclose(found / 255, expected, atol=0.5 / 255 + 1e-6)
    assert about["token"] == packed(app, "denoiser_cards")[0]["token"]


def test_at_the_level_that_was_released_the_grid_is_what_the_card_shows():
    app = run(comparison)
    about, images = packed(app, "denoiser_grid")
    row = about["levels"].index(0.5)
    shown = {card["name"]: card["image"] for card in cards(app).values()}
    for name, image in zip(about["names"], images[row], strict=True):
        np.testing.assert_array_equal(image, shown[name])


def test_a_filter_that_takes_its_time_is_not_in_the_grid(monkeypatch):
    slow = dataclasses.replace(FILTERS["median"], missing=lambda: "")
    monkeypatch.setitem(FILTERS, "median", slow)
    app = AppTest.from_function(comparison, default_timeout=60)
    app.query_params["filters"] = "median,jpeg"
    about, _ = packed(settled(app.run()), "denoiser_grid")
    assert set(about["names"]) == {"ridge", "jpeg"}


# Settings


def test_until_filters_are_fitted_they_wait_and_win_nothing(monkeypatch):
    monkeypatch.setattr(results, "is_fitted", lambda case, filters: False)
    monkeypatch.setattr(tuning, "kept_levels", lambda *_: [])
    app = AppTest.from_function(comparison, default_timeout=60).run()
    assert not app.exception
    found = cards(app)
    assert found["Gaussian blur"]["waits"]
    assert found["Gaussian blur"]["parameter"]["value"] == FILTERS["gaussian_blur"].parameter.usual
    assert "Linear ridge" not in found
    assert not found["Denoising autoencoder"]["waits"]
    assert "best filter" not in app.markdown[0].value
    assert not [one for one in app.get("bidi_component") if one.proto.component_name == "denoiser_grid"]


def test_filters_that_wait_stand_at_the_nearest_level_they_were_fitted_to(monkeypatch):
    run(comparison, level=0.5)
    monkeypatch.setattr(results, "is_fitted", lambda case, filters: False)
    monkeypatch.setattr(tuning, "kept_levels", lambda *_: [0.5])
    app = AppTest.from_function(comparison, kwargs={"level": 0.7}, default_timeout=60).run()
    found = cards(app)
    assert found["Linear ridge"]["waits"]
    best = tuning.search("digits", "gaussian", 0.5, "gaussian_blur").best("monotone")
    assert found["Gaussian blur"]["parameter"]["value"] == best


def test_filters_and_ridge_have_a_debias_and_models_have_none():
    app = run(comparison)
    app.segmented_control(key="as").set_value("table").run()
    assert app.segmented_control(key="bias").value == "monotone"
    assert app.dataframe[0].proto.placeholder == "—"  # the clean image has no PSNR
    shown = {"monotone": table(app)}
    assert "monotone debias" in app.markdown[0].value
    for debias in ("affine", "raw"):
        app.segmented_control(key="bias").set_value(debias).run()
        shown[debias] = table(app)
    for title in ("Gaussian blur", "Linear ridge"):
        assert len({rows[title]["PSNR ↑ (dB)"] for rows in shown.values()}) == 3
    raw, monotone = shown["raw"]["Gaussian blur"], shown["monotone"]["Gaussian blur"]
    assert raw["PSNR ↑ (dB)"] < monotone["PSNR ↑ (dB)"]
    for title in ("Denoising autoencoder", "Noisy image"):
        assert len({rows[title]["PSNR ↑ (dB)"] for rows in shown.values()}) == 1


def test_a_filter_that_is_not_installed_is_not_offered_and_the_help_says_what_to_install(monkeypatch):
    monkeypatch.setattr("aecore.denoising.bm3d.find_spec", lambda name: None)
    app = AppTest.from_function(comparison, default_timeout=60)
    app.query_params["filters"] = "median,bm3d"
    app = settled(app.run())
    assert not app.exception
    filters = app.multiselect(key="filters")
    assert filters.value == ["median"]
    assert "BM3D" not in filters.options
    assert "BM3D is an optional extra that is not installed here" in filters.help


def moved(app: AppTest, key: str, value: float) -> AppTest:
    """The page after a card has reported a parameter."""
    app.session_state["kept"] = {key: value}
    return app.run()


def test_a_parameter_that_was_moved_holds_and_stands_beside_the_usual_one():
    app = run(comparison)
    usual = cards(app)["Gaussian blur"]["parameter"]
    assert usual["value"] == usual["usual"]
    assert (usual["minimum"], usual["maximum"]) == (0.1, 4.0)
    before = packed(app, "denoiser_grid")[1]
    app = moved(app, "parameter-gaussian_blur-digits-gaussian-0.5-monotone", 3.0)
    found = cards(app)["Gaussian blur"]
    assert (found["parameter"]["value"], found["parameter"]["usual"]) == (3.0, usual["usual"])
    assert found["note"] == "sigma in pixels: 3"
    about, after = packed(app, "denoiser_grid")
    column = about["names"].index("gaussian_blur")
    assert (before[:, column] != after[:, column]).any(axis=(1, 2, 3)).all()  # it holds at every level


@pytest.mark.parametrize(
    ("reported", "kept"),
    [
        ({"name": "median", "value": 5}, {"a": 5.0}),
        ({"name": "median", "value": None}, {}),
        ({"name": "median", "value": 99}, {"a": 3.0}),
        ({"name": "median", "value": float("nan")}, {"a": 3.0}),
        ({"name": "median", "value": "5"}, {"a": 3.0}),
        ({"name": "elsewhere", "value": 5}, {"a": 3.0}),
        ({"name": ["median"], "value": 5}, {"a": 3.0}),
        (None, {"a": 3.0}),
    ],
)
def test_what_a_card_reports_is_kept_where_it_is_a_parameter(monkeypatch, reported, kept):
    session = {"a": 3.0}
    monkeypatch.setattr(inputs, "kept_now", lambda: session)
    monkeypatch.setattr(inputs, "now", lambda: {"denoiser_cards": {"parameter": reported}})
    inputs.keep_parameter({"median": "a"}, {"median": (1, 9)})
    assert session == kept


def test_another_level_has_parameters_of_its_own():
    weak, strong = (run(comparison, level=level) for level in (0.1, 1.0))
    sigma = [cards(app)["Gaussian blur"]["parameter"]["value"] for app in (weak, strong)]
    assert sigma[0] < sigma[1]


def test_a_level_between_two_fitted_ones_says_so():
    app = run(comparison, level=0.52)
    assert any(
        "here those of 0.5 (standard deviation), the nearest to 0.52" in one.value for one in app.caption
    )


def test_any_run_can_be_added_and_stands_in_the_address():
    app = run(comparison)
    added = next(one.run_id for one in DIGITS if one.config.variant == "conditional_vae")
    models = app.multiselect(key="models")
    models.set_value([*models.value, added]).run()
    assert any(title.startswith("Conditional") for title in cards(app))
    assert added in address(app)["models"]


def test_a_link_with_an_unknown_model_opens_without_it():
    app = AppTest.from_function(comparison, default_timeout=60)
    app.query_params["models"] = f"nonsense,{DIGITS[0].run_id}"
    app.run()
    assert app.multiselect(key="models").value == [DIGITS[0].run_id]


def test_a_damaged_run_is_answered_with_a_sentence_and_the_rest_is_shown(monkeypatch):
    from aecore.errors import RunDamaged
    from dashboard.services import engine

    denoise = engine.denoise

    def damaged(path, *images):
        if "-denoising-" in path.name:
            raise RunDamaged(path, "its weights do not fit its config")
        return denoise(path, *images)

    monkeypatch.setattr(engine, "denoise", damaged)
    from dashboard.denoise import results

    results.by_run.__wrapped__.clear()
    app = run(comparison)
    assert not app.exception
    assert any("its weights do not fit its config" in one.value for one in app.warning)
    assert "Denoising autoencoder" not in cards(app)
    assert "Median" in cards(app)
    results.by_run.__wrapped__.clear()


def test_without_images_filters_stand_at_their_usual_parameters(monkeypatch):
    from dashboard.services import cached_reads

    monkeypatch.setattr(cached_reads, "images_are_here", lambda _, split="test": False)
    app = AppTest.from_function(comparison, default_timeout=60).run()
    assert not app.exception
    assert cards(app)["Gaussian blur"]["note"] == "sigma in pixels: 0.9"
    assert packed(app, "denoiser_grid")[0]["names"]
    assert "Linear ridge" not in cards(app)
    assert any("are not on this machine" in one.value for one in app.info)


def picture(name: str, title: str, psnr: float | None) -> Card:
    return Card(name, title, "", np.zeros((2, 2, 1)), psnr, 0.5, 1.0)


def test_where_nothing_is_chosen_the_page_says_what_to_do(monkeypatch):
    from dashboard.services import cached_reads

    monkeypatch.setattr(cached_reads, "images_are_here", lambda _, split="test": False)
    app = AppTest.from_function(comparison, default_timeout=60)
    app.query_params["models"] = app.query_params["filters"] = ""
    app.run()
    assert not app.exception
    assert any("to compare them" in info.value for info in app.info)
    assert not app.get("bidi_component")


def test_the_verdict_says_by_how_much_the_best_is_ahead():
    found = [
        picture("noisy", "Noisy", 9.0),
        picture("run", "Model", 20.0),
        picture("ridge", "Linear ridge", 17.5),
        picture("median", "Median", 14.0),
        picture("jpeg", "JPEG", 10.0),
    ]
    assert verdict(found, ["run"], "monotone debias") == (
        "**Model comes closest: 20.00 dB**, 11.0 dB above the noisy image, 6.0 dB above the best filter "
        "(Median, monotone debias), 2.5 dB above the linear ridge (monotone debias)."
    )


def test_while_some_are_being_fitted_the_verdict_is_provisional():
    waiting = dataclasses.replace(picture("bm3d", "BM3D", 25.0), is_waiting=True)
    found = [picture("noisy", "Noisy", 9.0), picture("median", "Median", 14.0), waiting]
    assert verdict(found, [], "raw") == (
        "**Median comes closest so far: 14.00 dB**, 5.0 dB above the noisy image. Provisional: 1 more is "
        "being fitted."
    )
    found[0] = picture("noisy", "Noisy", 30.0)
    said = verdict([*found, dataclasses.replace(waiting, name="jpeg")], [], "raw")
    assert said.startswith("**Nothing here improves on the noisy image so far**")
    assert said.endswith("Provisional: 2 more are being fitted.")


def test_the_verdict_owns_up_where_nothing_helps():
    found = [picture("noisy", "Noisy", 30.0), picture("median", "Median", 25.0)]
    assert verdict(found, [], "raw").startswith("**Nothing here improves on the noisy image** (30.00 dB)")
    assert verdict(found[:1], [], "raw") == ""


def test_a_collapsed_model_is_never_called_best():
    noisy, dead = (
        picture("noisy", "Noisy", 9.0),
        dataclasses.replace(picture("run", "A", 20.0), is_collapsed=True),
    )
    found = verdict([noisy, dead, picture("median", "Median", 14.0)], ["run"], "raw")
    assert found == "**Median comes closest: 14.00 dB**, 5.0 dB above the noisy image."


def test_what_has_made_no_image_of_numbers_never_wins():
    broken = dataclasses.replace(
        picture("nan", "Broken", np.nan), image=np.full((2, 2, 1), np.nan), ssim=np.nan
    )
    found = [picture("noisy", "Noisy", 9.0), broken, picture("run", "Model", 20.0)]
    for order in (found, found[::-1]):
        assert verdict(order, ["nan", "run"], "raw").startswith("**Model comes closest: 20.00 dB**")
    assert verdict(found[:2], ["nan"], "raw") == ""
    told = record(broken, None, is_other=False, is_best=False)
    assert (told["psnr"], told["ssim"]) == (None, None)
    lines = [
        CurveLine(title, np.full(1, value), np.zeros(1), role)
        for title, value, role in [("A", 14.0, "model"), ("B", np.nan, "model"), ("Blur", 12.0, "filter")]
    ]
    assert "the best model is **A**" in curve_verdict(
        np.array([0.5]), lines, corruptions.find("gaussian"), "raw"
    )


def test_two_models_of_one_kind_are_told_apart_and_a_collapsed_one_is_called_so(tmp_path, monkeypatch):
    monkeypatch.setenv("AECORE_RUNS", str(tmp_path))
    store, (shipped,) = RunStore(), [one for one in DIGITS if one.config.variant == "denoising"]
    twin = shutil.copytree(shipped.path, store.root / shipped.run_id)
    numbers = json.loads((twin / "metrics.json").read_text()) | {"mse": 0.9}
    content = json.dumps(numbers).encode()
    (twin / "metrics.json").write_bytes(content)
    manifest = json.loads((twin / "manifest.json").read_text()) | {"imported": "2026-01-01T00:00:00+00:00"}
    manifest["files"]["metrics.json"] = {
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    (twin / "manifest.json").write_text(json.dumps(manifest))
    cached_reads._listing.clear()
    app = run(comparison)
    assert not app.exception
    assert "Denoising autoencoder · imported" in cards(app)
    assert any(
        one.value.startswith("**Denoising autoencoder · imported**: Collapsed: rec") for one in app.warning
    )


@pytest.mark.parametrize(
    ("probabilities", "words", "sure"),
    [
        ([0.6, 0.3], "7", 0.6),
        ([0.004, 0.001], "nothing it knows (nearest: 7)", 0.995),
        ([0.3, 0.4], "9", 0.4),
    ],
)
def test_what_the_classifier_takes_for_none_of_its_classes_is_called_so(probabilities, words, sure):
    found = seen_in(np.array(probabilities), ("7", "9"))
    assert (found.words, found.sure) == (words, pytest.approx(sure))


def test_a_card_tells_what_the_classifier_sees_and_whether_that_is_something_else():
    told = record(picture("x", "<b>", 12.5), Seen(None, 0.5, "7"), is_other=True, is_best=False)
    assert told["seen"] == {"words": "none", "sure": 0.5, "isOther": True, "help": SURE}
    assert told["title"] == "<b>"  # the browser sets text, never markup
    assert decibels(100.0) == "exact"


# The curve


def test_the_curve_is_worked_out_when_asked_and_then_kept():
    app = AppTest.from_function(both, default_timeout=60)
    app.query_params["filters"] = "median"  # the others take their time
    app = settled(app.run())
    assert not app.get("plotly_chart")
    app.segmented_control(key="averaged").set_value("50").run()
    button(app, "Work out the curve").click().run()
    app = settled(app)
    assert not app.exception
    assert not app.error
    (chart,) = app.get("plotly_chart")
    told = json.loads(chart.proto.spec)["layout"]["title"]["subtitle"]["text"]
    assert "mean PSNR of the first 50 Digits 8×8 test images" in told
    assert not [one for one in app.button if one.label.startswith("Work out")]
    again = AppTest.from_function(both, default_timeout=60)
    again.query_params["averaged"], again.query_params["filters"] = "50", "median"
    assert again.run().get("plotly_chart")
    app.segmented_control(key="averaged").set_value("200").run()
    assert not app.get("plotly_chart")


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (
            20.25,
            "with 20.25 dB, 2.6 dB above the best filter (Blur, monotone debias) and 1.8 dB above the linear",
        ),
        (
            14.64,
            "with 14.64 dB, 3.0 dB below the best filter (Blur, monotone debias) and 3.8 dB below the linear",
        ),
    ],
)
def test_the_curve_says_by_how_much_the_best_model_is_ahead_or_behind_at_the_reference(model, told):
    levels, here = np.array([0.1, 0.5, 1.0]), np.array([0.0, 1.0, 0.0])
    lines = [
        CurveLine(title, 30 + (value - 30) * here, np.zeros(3), role)
        for title, value, role in [
            ("Better", model, "model"),
            ("Worse", 14.0, "model"),
            ("Blur", 17.64, "filter"),
            ("JPEG", 12.0, "filter"),
            ("Linear ridge", 18.41, "ridge"),
            ("Noisy input", 12.46, "noisy"),
        ]
    ]
    said = curve_verdict(levels, lines, corruptions.find("gaussian"), "monotone debias")
    assert said.startswith("At standard deviation 0.5 the best model is **Better**")
    assert told in said
    assert curve_verdict(levels, lines[2:], corruptions.find("gaussian"), "raw") == ""


def test_without_images_the_curve_says_why_there_is_none(monkeypatch):
    from dashboard.services import cached_reads

    monkeypatch.setattr(cached_reads, "images_are_here", lambda _, split="test": False)
    app = AppTest.from_function(curve, default_timeout=60).run()
    assert "are not on this machine" in app.info[0].value


def figure(**settings):
    levels, flat = np.array([0.1, 0.5, 1.0]), np.zeros(3)
    lines = [
        CurveLine("Model", np.array([22.0, 20, 15]), flat + 2, "model", (0.3, 0.7)),
        CurveLine("Median", np.array([20.0, 14, 11]), flat + 1, "filter"),
        CurveLine("Noisy input", np.array([19.0, 9, 6]), flat + 1, "noisy"),
    ]
    return denoising_curve(levels, lines, "standard deviation", "Gaussian noise", "first 200", **settings)


def test_the_figure_has_a_line_per_denoiser_and_a_band_per_model():
    drawn = {trace.name: trace for trace in figure().data if trace.name}
    assert set(drawn) == {"Model", "Median", "Noisy input"}
    np.testing.assert_array_equal(drawn["Median"].y, [20, 14, 11])
    np.testing.assert_array_equal(drawn["Median"].customdata, [1, 1, 1])
    (band,) = [trace for trace in figure().data if trace.fill == "toself"]
    np.testing.assert_array_equal(band.y, [24, 22, 17, 13, 18, 20])


def test_the_figure_marks_the_levels_a_model_was_trained_on():
    (bar,) = figure().layout.shapes
    model = next(trace for trace in figure().data if trace.name == "Model")
    assert (bar.x0, bar.x1) == pytest.approx((0.3, 0.7), abs=0.01)
    assert bar.fillcolor == model.line.color


def test_the_figure_says_what_was_averaged_and_its_axes_their_units():
    layout = figure().layout
    assert layout.title.subtitle.text == "first 200"
    assert (layout.xaxis.title.text, layout.yaxis.title.text) == ("standard deviation", "PSNR ↑, dB")
    assert figure(is_log=True).layout.xaxis.type == "log"


# Denoisers of another data set, where the images of two are here


def mnist() -> None:
    import numpy as np

    from aecore import corruptions, datasets
    from dashboard.denoise import comparison

    clean = datasets.load_images("mnist", "test").pixels[0].astype("float32") / 255
    draws = corruptions.draw(clean.shape, 0)
    comparison.show(clean, np.clip(clean + 0.1, 0, 1), "mnist", "gaussian", 0.1, "test-0", draws)


@pytest.mark.skipif(
    not all(datasets.is_present(name, "train") for name in ("mnist", "fashion_mnist")),
    reason="the training images are not on this machine",
)
def test_denoisers_of_the_other_data_set_can_be_chosen():
    app = AppTest.from_function(mnist, default_timeout=60)
    app.query_params["filters"] = ""
    app = settled(app.run())
    app.selectbox(key="trained").select("fashion_mnist").run()
    app = settled(app)
    assert not app.exception
    assert not app.error
    assert all(run_id.startswith("fashion_mnist-") for run_id in app.multiselect(key="models").value)
    assert {card["seen"]["words"] for card in cards(app).values()} <= {*map(str, range(10)), "none"}


def test_the_classifier_is_trained_beside_the_page_and_never_within_it(monkeypatch, tmp_path):
    monkeypatch.setenv("AECORE_RUNS", str(tmp_path / "none trained"))
    began = []
    monkeypatch.setattr(engine, "train_judge", lambda dataset, report: began.append(dataset))
    monkeypatch.setattr(
        engine, "judge_probabilities", lambda *_: pytest.fail("a page asked a classifier that is not there")
    )
    app = AppTest.from_function(comparison, default_timeout=60).run()
    assert not app.exception
    deadline = time.monotonic() + 20
    while not jobs().get("judge-digits").is_over and time.monotonic() < deadline:
        time.sleep(0.05)
    assert began == ["digits"]
