"""Links that name runs and nothing else, or what the runs are not of."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.addresses import address

APP = Path(__file__).resolve().parents[2] / "dashboard" / "app.py"
RUN, OTHER = "digits-ae-z2-12c8936352", "digits-vae-z2-9fe8f41be3"


def opened(page: str, **parameters: str) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.query_params.update(parameters)
    if page != "explore":
        app.switch_page(f"app_pages/{page}.py")
    app.run()
    assert not app.exception
    return app


def told(app: AppTest) -> str:
    return "\n".join(warning.value for warning in app.warning if "The link" in warning.value)


@pytest.mark.parametrize("page", ["explore", "generate"])
@pytest.mark.parametrize("beside", [{}, {"dataset": "digits"}, {"variant": "ae"}])
def test_a_link_that_names_a_run_opens_it_under_its_own_data_set_and_variant(page, beside):
    app = opened(page, run=RUN, **beside)
    assert address(app) | {"dataset": "digits", "variant": "ae", "run": RUN} == address(app)
    assert not told(app)


@pytest.mark.parametrize("page", ["explore", "generate"])
@pytest.mark.parametrize("beside", [{"dataset": "mnist"}, {"variant": "vae"}])
def test_a_link_that_names_a_run_and_what_it_is_not_of_says_what_it_is_of(page, beside):
    app = opened(page, run=RUN, **beside)
    assert address(app) | beside == address(app)
    assert address(app)["run"] != RUN
    assert f"the run {RUN}, which is one of Digits 8×8 · Autoencoder" in told(app)
    assert "not here" not in told(app)


def test_another_choice_after_such_a_link_is_followed_without_a_word():
    app = opened("explore", run=RUN)
    app.selectbox(key="variant").set_value("vae").run()
    assert address(app)["run"] == OTHER
    assert not told(app)


def test_a_link_that_names_runs_to_compare_opens_their_data_set():
    app = opened("compare", runs=f"{RUN},{OTHER}")
    assert address(app) | {"dataset": "digits", "runs": f"{RUN},{OTHER}"} == address(app)
    assert not told(app)


def test_runs_of_another_data_set_than_the_first_are_left_out_of_a_comparison_with_a_word():
    app = opened("compare", runs=f"{RUN},mnist-ae-z2-8b0aad7251,{OTHER}")
    assert address(app)["runs"] == f"{RUN},{OTHER}"
    assert "mnist-ae-z2-8b0aad7251, which is one of MNIST" in told(app)


def test_a_link_that_names_denoisers_opens_their_data_set():
    app = opened("denoise", models=RUN)
    assert address(app) | {"dataset": "digits", "models": RUN} == address(app)
    assert not told(app)


def test_denoisers_of_another_data_set_than_the_link_names_are_left_out_with_a_word():
    app = opened("denoise", models=RUN, dataset="mnist")
    assert address(app)["dataset"] == "mnist"
    assert "one of Digits 8×8 and not of" in told(app)
