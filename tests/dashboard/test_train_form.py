"""The Train page before a training starts: its form, its presets, what it previews and hands over."""

import dataclasses
import json
import math
import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from aecore import jobs, runs
from aecore.config import RunConfig
from aecore.errors import BadValue, TrainingDiverged
from aecore.jobs.pace import Pace
from aecore.models import variants
from aecore.storage.settings import SHIPPED
from aecore.storage.store import RunStore
from dashboard.services import cached_reads, engine
from dashboard.train import estimate, form, presets, queue
from dashboard.train import setting_text as texts
from tests.addresses import address
from tests.conftest import quick
from tests.glossary_marks import unmarked

PAGE = str(Path(__file__).resolve().parents[2] / "dashboard" / "app_pages" / "train.py")
PACE = Pace(2.0, 0.5, 3.0, "2 threads")
COMMON = ["Latent dimension", "Epochs", "Learning rate", "Seed"]


@pytest.fixture(autouse=True)
def no_processes(monkeypatch):
    """Nothing is trained: that takes seconds, and has tests of its own."""
    monkeypatch.setattr(jobs, "advance", lambda store=None: None)


def opened(dataset: str = "digits", variant: str = "vae", **parameters: str) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=60)
    for name, value in {"dataset": dataset, "variant": variant, **parameters}.items():
        app.query_params[name] = value
    return app.run()


def values(app: AppTest) -> dict[str, object]:
    """What the form shows, by the setting's title."""
    widgets = [*app.number_input, *app.text_input, *app.selectbox, *app.toggle]
    return {widget.label.removeprefix(":orange[●] ").strip("*"): widget.value for widget in widgets}


def widget(app: AppTest, title: str):
    every = [*app.number_input, *app.text_input, *app.selectbox, *app.toggle]
    (found,) = [one for one in every if one.label.removeprefix(":orange[●] ").strip("*") == title]
    return found


def button(app: AppTest, label: str):
    return next((one for one in app.button if one.label == label), None)


def written(app: AppTest) -> str:
    parts = (app.markdown, app.caption, app.info, app.success, app.error, app.warning)
    return unmarked("\n".join(element.value for kind in parts for element in kind))


def drawn(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def presets_of(app: AppTest) -> list[str] | None:
    """The presets that are offered; None where there is no choice of them."""
    found = [one.proto for one in app.get("button_group") if one.proto.label == "Start from"]
    return [option.content for option in found[0].options] if found else None


# The form


@pytest.mark.parametrize("variant", variants.names())
def test_every_setting_of_every_variant_has_a_widget_with_its_help(variant):
    app = opened(variant=variant)
    assert not app.exception
    assert not app.error
    shown = values(app)
    options = dataclasses.fields(variants.module(variant).Options)
    titles = {form.title_of(field.name): field for field in options}
    assert set(titles) <= set(shown)
    for title, field in titles.items():
        assert field.metadata["help"][1:] in widget(app, title).help
    config = presets.shipped_config("digits", variant)
    for title, field in titles.items():
        expected = config.options[field.name]
        assert shown[title] == (", ".join(map(str, expected)) if isinstance(expected, tuple) else expected)


def test_the_common_settings_come_first_and_the_rest_after_them():
    app = opened()
    assert [number.label for number in app.number_input][:4] == COMMON
    assert app.expander[0].label == "More settings (7)"
    assert not app.expander[0].proto.expanded


def test_what_is_fitted_in_closed_form_has_neither_epochs_nor_presets():
    app = opened(variant="pca")
    assert "Latent dimension" in values(app)
    assert not {"Epochs", "Learning rate", "Seed", "Batch size"} & set(values(app))
    assert presets_of(app) is None
    assert "there are no epochs" in written(app)


def test_the_layers_and_parameters_are_shown_before_anything_starts():
    table = drawn(opened(variant="aae"))
    config = presets.recipe("digits", "aae")
    assert "Discriminator" in table
    assert f"{engine.preview(config, (8, 8, 1)).parameters:,} parameters in all." in table


def test_a_wider_layer_is_in_the_preview_at_once():
    app = opened()
    widget(app, "Hidden").set_value("77, 33").run()
    assert ">77<" in drawn(app)
    assert address(app)["set.hidden"] == "77,33"


@pytest.mark.parametrize(
    ("setting", "text", "sentence"),
    [
        ("Hidden", "128, wide", "hidden cannot be 'wide': it must be a whole number from 1 to 8192."),
        ("Hidden", "0", "hidden cannot be 0: it must be a whole number from 1 to 8192."),
        ("Hidden", "128-64", "hidden cannot be '128-64'"),
    ],
)
def test_a_wrong_list_is_a_sentence_beside_the_form_and_nothing_starts(setting, text, sentence):
    app = opened()
    widget(app, setting).set_value(text).run()
    assert not app.exception
    assert sentence in app.error[0].value
    assert button(app, "Train").disabled
    assert jobs.listing() == []


def test_settings_that_do_not_go_together_are_a_sentence():
    app = opened(variant="stacked", **{"set.pretraining": "0.8"})
    assert "unsupervised cannot be 0.3: it must be at most 0.2" in app.error[0].value
    assert button(app, "Train").disabled


def test_sizes_that_fit_no_image_are_a_sentence():
    app = opened(variant="pca", **{"set.latent_dim": "65"})
    assert "at most 64, the pixels of an image" in app.error[0].value
    assert button(app, "Train").disabled


def test_a_changed_setting_is_marked_and_one_button_takes_all_of_them_back():
    app = opened(preset="good")
    before = values(app)
    widget(app, "Seed").set_value(5).run()
    widget(app, "Beta").set_value(4.0).run()
    assert widget(app, "Seed").label.startswith(":orange[●]")
    assert "Changed: seed, beta." in written(app)
    assert (address(app)["set.seed"], address(app)["set.beta"]) == ("5", "4")
    button(app, "Back to the preset").click().run()
    assert values(app) == before
    assert not [name for name in address(app) if name.startswith("set.")]
    assert button(app, "Back to the preset") is None


def test_a_setting_changed_back_by_hand_leaves_the_address():
    app = opened(**{"set.seed": "5"})
    widget(app, "Seed").set_value(0).run()
    assert "set.seed" not in address(app)


# The address


def test_a_form_is_a_link():
    app = opened(variant="sparse", preset="good")
    widget(app, "Latent dimension").set_value(8).run()
    widget(app, "Penalty").set_value("top_k").run()
    widget(app, "Hidden").set_value("").run()
    widget(app, "Learning rate").set_value(1e-8).run()
    again = AppTest.from_file(PAGE, default_timeout=60)
    for name, value in address(app).items():
        again.query_params[name] = value
    assert values(again.run()) == values(app)
    assert (values(app)["Latent dimension"], values(app)["Hidden"]) == (8, "")


@pytest.mark.parametrize("variant", variants.names())
@pytest.mark.parametrize("latent_dim", [2, 5])
def test_the_link_of_a_config_fills_the_form_with_it(variant, latent_dim):
    config = variants.configure(variant, "digits", latent_dim=latent_dim, **quick(variant))
    link = form.address_of(config)
    app = AppTest.from_file(PAGE, default_timeout=60)
    for name, value in link.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    assert not app.warning
    code = app.code[0].value
    assert code == "python -m aecore " + shlex.join(estimate.words_of(config))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("set.epochs", "0"),
        ("set.epochs", "2.5"),
        ("set.seed", "nan"),
        ("set.beta", "1e9"),
        ("set.likelihood", "poisson"),
        ("set.nothing", "1"),
        ("preset", "best"),
    ],
)
def test_a_link_that_cannot_be_followed_says_so_and_shows_the_preset(name, value):
    app = opened(**{name: value})
    assert not app.exception
    assert any(value in warning.value for warning in app.warning)
    assert name not in address(app)
    assert values(app) == values(opened())


def test_another_variant_has_a_form_of_its_own():
    app = opened(**{"set.latent_dim": "7"})
    app.selectbox(key="variant").select("ae").run()
    assert widget(app, "Latent dimension").value == 2
    assert "set.latent_dim" not in address(app)
    app.selectbox(key="variant").select("vae").run()
    assert widget(app, "Latent dimension").value == 7
    assert address(app)["set.latent_dim"] == "7"


@pytest.mark.parametrize("runs", [0, 1])
def test_a_field_comes_with_its_value_whatever_the_run_before_it_said_and_was_not_heard(runs):
    app = opened(**{"preset": "good", "set.seed": "7"})
    for _ in range(runs):
        app.run()
    fields = [widget(app, title) for title in ("Seed", "Epochs", "Learning rate", "Hidden")]
    assert not [field.label for field in fields if field.proto.set_value]
    assert [field.proto.default for field in fields] == [field.value for field in fields]
    assert widget(app, "Seed").proto.default == 7


def test_a_field_follows_the_address_and_what_a_browser_still_sends_of_it_is_no_change():
    app = opened(**{"preset": "good", "set.seed": "7"})
    stale = widget(app, "Seed").key
    app.query_params["set.seed"] = "8"
    app.run()
    seed = widget(app, "Seed")
    assert (seed.value, seed.proto.default, seed.proto.set_value) == (8, 8, False)
    assert seed.key != stale


def test_what_is_being_typed_is_not_set_anew_when_the_page_runs_at_once():
    app = opened(preset="good")
    widget(app, "Seed").set_value(5).run()
    app.run()  # as when a training ends
    fields = [widget(app, title) for title in ("Seed", "Epochs", "Learning rate", "Hidden", "Name")]
    assert not [field.label for field in fields if field.proto.set_value]
    assert widget(app, "Seed").value == 5


def test_an_edit_outlives_a_page_that_runs_with_the_address_from_before_it():
    app = opened(**{"set.beta": "4", "preset": "good"})
    address = dict(app.query_params)
    widget(app, "Seed").set_value(5).run()
    app.query_params.clear()
    for name, value in address.items():
        app.query_params[name] = value
    app.run()
    assert (values(app)["Seed"], values(app)["Beta"]) == (5, 4.0)


def test_the_largest_seed_is_a_link_too():
    app = opened(**{"set.seed": str(2**31 - 1)})
    assert not app.warning
    assert widget(app, "Seed").value == 2**31 - 1


def test_what_a_browser_still_sends_of_a_form_that_was_filled_anew_is_no_change():
    app = opened(preset="good")
    stale = widget(app, "Epochs")
    app.session_state["preset"] = "shipped"
    app.query_params["preset"] = "shipped"
    app.run()
    assert widget(app, "Epochs").key != stale.key


FIELDS = {field.name: field for name in variants.names() for field in form.fields_of(name).values()}


@given(st.sampled_from(sorted(FIELDS)), st.data())
def test_every_value_survives_the_address(name, data):
    field = FIELDS[name]
    low, high = field.metadata["minimum"], field.metadata["maximum"]
    if isinstance(field.default, bool):
        value = data.draw(st.booleans())
    elif isinstance(field.default, str):
        value = data.draw(st.sampled_from(field.metadata["choices"]))
    elif isinstance(field.default, tuple):
        value = tuple(data.draw(st.lists(st.integers(low, high), max_size=6)))
    elif isinstance(field.default, int):
        value = data.draw(st.integers(low, high))
    else:
        value = float(f"{data.draw(st.floats(low, high)):.12g}")
        value = min(max(value, low), high) if value > 1e-9 else float(low)
    assert texts.parsed(field, texts.text_of(value)) == value


@pytest.mark.parametrize("text", ["512, 256", "512 256", "[512,256]", "512;256", " 512,256, "])
def test_a_list_may_be_written_in_any_usual_way(text):
    assert texts.widths(text) == (512, 256)


def test_no_widths_at_all_is_a_list_too():
    assert texts.widths("") == texts.widths("none") == ()
    assert texts.text_of(()) == "none"


# Presets


def test_presets_differ_in_epochs_alone():
    recipe = presets.recipe("mnist", "vae")
    pace = Pace(2.0, 1.0, 8.0, "")
    filled = {preset: presets.filled(preset, recipe, pace) for preset in presets.TITLES}
    assert [filled[preset].pop("epochs") for preset in presets.TITLES] == [12, 40, 100]
    assert len({json.dumps(values, default=list, sort_keys=True) for values in filled.values()}) == 1


def test_as_shipped_is_the_shipped_run():
    for run in RunStore(SHIPPED).listing().runs[:20]:
        config = presets.shipped_config(run.config.dataset, run.config.variant)
        filled = presets.filled(presets.SHIPPED, config, None)
        assert engine.configure(config.variant, config.dataset, filled) == config


@given(st.floats(1e-3, 100.0), st.floats(0, 60), st.floats(0, 60), st.sampled_from([1, 3, 100]))
def test_the_quick_preset_takes_about_20_seconds_or_its_least(each, start, after, least):
    pace = Pace(start, each, after, "")
    epochs = presets.quick_epochs(pace, least)
    assert epochs == least or pace.seconds(epochs) <= 22.0001
    if epochs < presets.TIDY[-1] and pace.seconds(least) <= 22:
        following = next(number for number in presets.TIDY if number > epochs)
        assert pace.seconds(following) > 22 * (1 - 1e-9)


@pytest.mark.parametrize("variant", [name for name in variants.names() if name != "pca"])
def test_no_preset_is_too_short_to_learn_something_timed_or_not(variant):
    recipe = presets.recipe("digits", variant)
    least = presets.least_epochs(recipe)
    assert least * 5 >= getattr(variants.module(variant), "LEAST_STEPS", variants.LEAST_STEPS)
    slow = Pace(2.0, 60.0, 30.0, "")
    for preset in presets.TITLES:
        for pace in (None, slow, dataclasses.replace(slow, seconds_after=None)):
            assert presets.filled(preset, recipe, pace)["epochs"] >= least


def test_the_quick_preset_of_a_vae_beats_pca_and_its_code_is_in_use(own_runs):
    recipe = presets.recipe("digits", "vae")
    run = runs.train_config(engine.configure("vae", "digits", presets.filled(presets.QUICK, recipe, None)))
    assert run.metrics["mse"] < run.metrics["pca_mse"]
    assert run.metrics["active_units"] == 2


def test_the_quick_preset_never_trains_longer_than_the_good_one():
    recipe = presets.recipe("digits", "vae")
    pace = Pace(1.0, 1e-3, 1.0, "")
    assert presets.filled(presets.QUICK, recipe, pace)["epochs"] == round(0.4 * recipe.epochs)


def test_presets_that_fill_in_the_same_are_said_to_be_the_same():
    recipe, fast = presets.recipe("digits", "vae"), Pace(1.0, 1e-3, 1.0, "")
    for preset in (presets.QUICK, presets.GOOD):
        said = presets.alike(preset, recipe, fast)
        assert said == "Quick look and Good are the same here: 160 epochs."
        assert presets.alike(preset, recipe, None) == ""
    assert presets.alike(presets.SHIPPED, recipe, fast) == ""


def test_without_the_images_the_quick_preset_is_the_good_one(monkeypatch):
    monkeypatch.setattr(cached_reads, "training_count", lambda dataset: 0)
    recipe = presets.recipe("mnist", "vae")
    assert presets.filled(presets.QUICK, recipe, None)["epochs"] == 40
    assert "are the same here: 40 epochs" in presets.alike(presets.QUICK, recipe, None)


def test_a_quick_preset_that_is_not_quick_says_how_long_the_epochs_in_the_form_take(monkeypatch):
    monkeypatch.setattr(cached_reads, "training_count", lambda dataset: 60_000)
    recipe = presets.recipe("mnist", "conv")
    slow = Pace(2.0, 14.0, 30.0, "")
    epochs = presets.filled(presets.QUICK, recipe, slow)["epochs"]
    assert epochs == presets.least_epochs(recipe) == 3
    said = presets.warning(presets.QUICK, recipe, slow)
    assert said == "3 epochs, the fewest that learn something, take 74 s here. The 8×8 digits are quicker."
    assert presets.warning(presets.GOOD, recipe, slow) == ""
    assert presets.warning(presets.QUICK, recipe, dataclasses.replace(slow, seconds_after=None)) == ""
    assert presets.warning(presets.QUICK, recipe, dataclasses.replace(slow, seconds_per_epoch=0.1)) != ""
    assert presets.warning(presets.QUICK, recipe, Pace(1.0, 0.1, 1.0, "")) == ""


def test_a_form_that_was_changed_is_not_held_to_the_presets_time(monkeypatch):
    slow = Pace(2.0, 14.0, 30.0, "")
    monkeypatch.setattr(engine, "known_pace", lambda config, parameters: slow)
    assert "the fewest that learn something" in written(opened())
    assert "the fewest that learn something" not in written(opened(**{"set.epochs": "6"}))


def test_a_preset_fills_the_form_anew():
    app = opened(**{"set.latent_dim": "7"})
    assert widget(app, "Latent dimension").value == 7
    assert presets_of(app) == list(presets.TITLES.values())
    app.query_params["preset"] = "good"
    app.session_state["preset"] = "good"
    assert widget(app.run(), "Epochs").value == 160


def test_without_a_shipped_run_there_is_nothing_to_do_as_shipped(monkeypatch):
    monkeypatch.setattr(presets, "shipped_config", lambda dataset, variant: None)
    app = opened()
    assert presets_of(app) == [presets.TITLES[presets.QUICK], presets.TITLES[presets.GOOD]]
    assert values(app)["Hidden"] == "512, 256"


# The estimate


def test_while_nothing_is_known_the_page_says_so_and_training_does_not_wait():
    app = opened()
    assert "How long it takes on this machine is not known yet: its first epochs will tell." in written(app)
    assert not button(app, "Train").disabled


def test_the_estimate_is_of_the_epochs_that_stand_in_the_form(monkeypatch):
    monkeypatch.setattr(engine, "known_pace", lambda config, parameters: PACE)
    app = opened(**{"set.epochs": "30"})
    expected = "About 20 s: 2 s to start, 0.5 s an epoch × 30, 3 s to measure what it reached; as a training"
    assert expected in written(app)
    widget(app, "Epochs").set_value(60).run()
    assert "About 35 s: 2 s to start, 0.5 s an epoch × 60" in written(app)


def test_the_quick_preset_takes_its_epochs_from_the_pace_that_is_known(monkeypatch):
    assert widget(opened(), "Epochs").value == 100
    monkeypatch.setattr(engine, "known_pace", lambda config, parameters: Pace(2.0, 0.12, 3.0, ""))
    assert widget(opened(), "Epochs").value == 120  # (22 - 5) / 0.12 s, tidy


def test_what_a_training_taught_stands_in_the_form(own_runs):
    config = engine.configure("vae", "digits", presets.values_of(presets.recipe("digits", "vae")))
    runs.train_config(dataclasses.replace(config, epochs=2))
    said = written(opened(**{"set.epochs": "30", "set.seed": "7"}))
    assert "an epoch × 30" in said
    assert "not known" not in said


def test_until_the_closing_measurement_is_known_as_well_the_quick_preset_stays_as_it_is(monkeypatch):
    recipe = presets.recipe("digits", "vae")
    so_far = dataclasses.replace(PACE, seconds_after=None)
    assert presets.filled(presets.QUICK, recipe, so_far) == presets.filled(presets.QUICK, recipe, None)
    quick = dataclasses.replace(PACE, seconds_per_epoch=0.12)
    assert presets.filled(presets.QUICK, recipe, quick)["epochs"] == 120
    monkeypatch.setattr(engine, "known_pace", lambda config, parameters: so_far)
    assert "Known so far: 2 s to start" in written(opened())


def test_without_the_images_the_pace_of_a_recipe_is_not_known(monkeypatch):
    monkeypatch.setattr(estimate.image_input, "image_shape", lambda dataset: None)
    assert estimate.pace_of(variants.configure("vae", "digits", latent_dim=11)) is None


# Starting


def test_train_hands_over_the_config_with_name_and_note():
    app = opened(**{"set.epochs": "3", "set.hidden": "24,16"})
    widget(app, "Name").set_value(" My first ")
    widget(app, "Note").set_value("for the lesson")
    button(app, "Train").click().run()
    assert not app.exception
    (job,) = jobs.listing()
    expected = variants.configure("vae", "digits", epochs=3, hidden=(24, 16))
    assert (job.config, job.name, job.note, job.by) == (expected, "My first", "for the lesson", "dashboard")
    assert address(app)["job"] == job.run_id
    assert "These settings are being trained, [beside this form](#training)." in written(app)
    assert any('id="training"' in element.proto.body for element in app.get("html"))


def test_a_config_that_is_trained_opens_at_once_and_says_so(own_runs):
    run = runs.train("vae", "digits", **quick("vae")).stored
    app = AppTest.from_file(PAGE, default_timeout=60)
    for name, value in form.address_of(run.config).items():
        app.query_params[name] = value
    app.run()
    assert "These settings are trained already" in written(app)
    assert button(app, "Train") is None
    button(app, "Show it here").click().run()
    assert not app.exception
    assert address(app)["job"] == run.run_id
    assert f"**{run.run_id}** is trained and stored" in written(app)


def test_the_shipped_run_is_found_by_its_preset():
    app = opened(preset="shipped")
    assert "These settings are trained already: the run came with the product" in written(app)


def test_read_only_keeps_form_and_preview_and_switches_training_off(monkeypatch):
    monkeypatch.setenv("AECORE_READ_ONLY", "1")
    app = opened()
    assert not app.exception
    assert "Latent dimension" in values(app)
    assert "parameters in all" in drawn(app)
    assert button(app, "Train") is None
    assert "training is switched off here" in written(app)


def test_without_the_images_they_are_offered_for_download(monkeypatch, tmp_path):
    monkeypatch.setenv("AECORE_DATA", str(tmp_path))
    app = opened(dataset="mnist")
    assert button(app, "Train") is None
    assert button(app, "Download MNIST")
    assert "not known yet" in written(app)


def test_the_first_visit_invites():
    assert "then press **Train**" in written(opened())


# The queue


def two_jobs() -> list[jobs.Job]:
    for seed in (1, 2):
        jobs.submit(variants.configure("vae", "digits", epochs=5, seed=seed), by="dashboard")
    return jobs.listing()


def test_every_training_that_waits_stands_in_the_queue_with_its_length():
    first, second = two_jobs()
    app = opened(job=first.run_id)
    assert not app.exception
    assert "2 trainings in the queue" in written(app)
    assert app.button(key=f"show-{second.run_id}")


def test_the_newest_training_under_way_is_shown_without_being_asked_for():
    _, second = two_jobs()
    app = opened()
    assert "seed 2" in written(app)
    assert "job" not in address(app)
    assert second.run_id


def test_a_training_that_begins_runs_the_page_again(monkeypatch):
    first, _ = two_jobs()
    again: list[str] = []

    def noted(scope: str) -> None:
        again.append(scope)

    monkeypatch.setattr(queue.st, "rerun", noted)
    queue._look_whether_it_began(first.run_id)
    assert again == []
    jobs.send_command(first, "pause")
    queue._look_whether_it_began(first.run_id)
    assert again == ["app"]


def failed_job() -> jobs.Job:
    config = variants.configure("vae", "digits", epochs=40, learning_rate=0.5, hidden=(24, 16), seed=3)
    job = jobs.submit(config, by="dashboard")
    error = str(TrainingDiverged(config.run_id, 4, "kl"))
    job.folder.write_progress(jobs.Progress("failed", epoch=3, epochs=40, error=error))
    return jobs.find(job.run_id)


def test_a_failed_training_says_why_and_fills_the_form_with_its_settings():
    job = failed_job()
    app = opened(job=job.run_id)
    assert not app.exception
    assert "Lower the learning rate, then train again." in app.error[0].value
    app.button(key="change-shown").click().run()
    assert (values(app)["Learning rate"], values(app)["Hidden"], values(app)["Epochs"]) == (0.5, "24, 16", 40)
    assert address(app)["set.learning_rate"] == "0.5"


def test_a_failed_training_stands_in_the_queue_with_its_sentence_until_it_is_seen_to():
    job = failed_job()
    app = opened()
    assert "Lower the learning rate" in written(app)
    assert app.button(key=f"change-row-{job.run_id}")


def test_closing_what_is_over_takes_it_from_the_page():
    app = opened(job=failed_job().run_id)
    button(app, "Close").click().run()
    assert "job" not in address(app)
    assert button(app, "Close") is None


def test_a_waiting_training_can_be_cancelled():
    first, second = two_jobs()
    app = opened(job=first.run_id)
    app.button(key=f"cancel-{second.run_id}").click().run()
    assert [job.run_id for job in jobs.listing() if not job.is_over] == [first.run_id]


@pytest.mark.parametrize("is_asked_for", [True, False])
def test_a_training_that_is_discarded_is_said_to_be_and_no_link_is_blamed(is_asked_for):
    job = jobs.submit(variants.configure("vae", "digits", **quick("vae")))
    app = opened(**{"job": job.run_id} if is_asked_for else {})
    assert "## Variational" in written(app)
    jobs.dismiss(job)
    app.run()
    assert [one.value for one in app.toast] == ["Training discarded."]
    assert not app.warning
    assert "job" not in address(app)
    assert not app.run().toast


def test_a_training_that_became_a_run_is_no_discarded_one(own_runs, finished_store):
    stored = finished_store.open("digits-vae-z2")
    job = jobs.submit(stored.config)
    app = opened()
    jobs.dismiss(job)
    (own_runs / stored.run_id).symlink_to(stored.path)
    assert not app.run().toast


def test_who_saw_a_training_sees_the_run_that_it_became_until_it_is_closed(own_runs, finished_store):
    stored = finished_store.open("digits-vae-z2")
    job = jobs.submit(stored.config)
    app = opened()
    assert "job" not in address(app)
    jobs.dismiss(job)
    (own_runs / stored.run_id).symlink_to(stored.path)
    app.run()
    assert address(app)["job"] == stored.run_id
    assert "is trained and stored" in written(app)
    button(app, "New training").click().run()
    assert "job" not in address(app)
    assert "is trained and stored" not in written(app)
    assert "What will be trained" in written(app)


def test_the_runs_are_a_part_of_their_own_and_the_form_another(own_runs, finished_store):
    stored = finished_store.open("digits-vae-z2")
    own_runs.mkdir(exist_ok=True)
    (own_runs / stored.run_id).symlink_to(stored.path)
    app = opened()
    assert "## Your runs" not in written(app)
    app = opened(part="runs")
    assert not app.exception
    assert "## Your runs" in written(app)
    assert not app.number_input
    assert any("'nowhere'" in warning.value for warning in opened(part="nowhere").warning)


def test_a_training_that_is_gone_is_told_and_the_page_opens():
    app = opened(job="../../etc/passwd")
    assert not app.exception
    assert any("../../etc/passwd" in warning.value for warning in app.warning)
    assert "job" not in address(app)


def test_no_number_in_a_form_is_infinite():
    for field in FIELDS.values():
        if not isinstance(field.default, bool | str):
            assert math.isfinite(field.metadata["minimum"])
            assert math.isfinite(field.metadata["maximum"])


def test_the_form_never_offers_where_a_training_was_stopped():
    assert "stop_after" not in FIELDS
    assert {"latent_dim", "epochs", "batch_size", "learning_rate", "seed"} <= set(FIELDS)
    assert isinstance(presets.recipe("digits", "vae"), RunConfig)


def test_a_value_of_the_wrong_kind_is_refused_in_the_settings_own_words():
    with pytest.raises(BadValue, match=r"epochs cannot be 'many': it must be 1 to 100000\."):
        texts.parsed(FIELDS["epochs"], "many")
