"""What is taken home opens again as it was: figures, tables, codes and pictures."""

import csv
import io

import numpy as np
import plotly.graph_objects as go
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from aecore.errors import WrongShape
from dashboard.figures.export import (
    codes_table,
    config,
    csv_bytes,
    figure_html,
    file_stem,
    parquet_bytes,
    png_bytes,
    rows_of,
    tiled,
)

cells = st.one_of(st.text(st.characters(exclude_categories=["Cs"])), st.integers(), st.none())


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


# Tables


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠A"])
def test_a_text_that_a_spreadsheet_would_run_is_disarmed_in_cells_and_heads(text):
    assert table(csv_bytes([{text: text}])) == [[f"'{text}"], [f"'{text}"]]


@pytest.mark.parametrize("between", [";", "\t", "\n", "\r\n", "; ", ';"'])
def test_a_text_is_disarmed_also_where_another_sign_parts_the_cells(between):
    assert table(csv_bytes([{"a": f"x{between}=1+1"}]))[1] == [f"x{between}'=1+1"]
    assert table(csv_bytes([{"a": f"x{between}1+1"}]))[1] == [f"x{between}1+1"]


def test_a_negative_number_stays_a_number():
    assert table(csv_bytes([{"a": -0.5, "b": np.float32(-2)}]))[1] == ["-0.5", "-2.0"]


@given(st.lists(st.dictionaries(st.sampled_from("abc"), cells, min_size=1), min_size=1, max_size=5))
def test_a_table_reads_back_and_no_cell_begins_a_formula(rows):
    head, *lines = table(csv_bytes(rows))
    assert head == list(dict.fromkeys(name for row in rows for name in row))
    assert len(lines) == len(rows) or any("\0" in str(row) for row in rows)
    for line, row in zip(lines, rows, strict=False):
        for name, found in zip(head, line, strict=False):
            value = row.get(name)
            text = "" if value is None else str(value)
            assert found in (text, f"'{text}")
            assert not isinstance(value, str) or not found.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_rows_that_lack_a_column_leave_it_empty():
    assert table(csv_bytes([{"a": 1}, {"b": 2}])) == [["a", "b"], ["1", ""], ["", "2"]]


def test_a_minus_sign_and_a_power_survive_a_spreadsheet():
    content = csv_bytes([{"MMD²": "−ELBO"}])
    assert content.startswith(b"\xef\xbb\xbf")
    assert table(content) == [["MMD²"], ["−ELBO"]]


# Codes


def test_codes_come_back_from_parquet_with_index_label_and_class():
    codes = np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32)
    labels = np.array([1, 0, 1, 1, 0], np.int16)
    content = parquet_bytes(codes_table(codes, labels, ("bag", "coat")), {"run": "mnist-vae-z2-x"})
    found = pyarrow.parquet.read_table(io.BytesIO(content))
    assert found.column_names == ["index", "label", "class", "z1", "z2", "z3"]
    assert found["index"].to_pylist() == [0, 1, 2, 3, 4]
    assert found["class"].to_pylist() == ["coat", "bag", "coat", "coat", "bag"]
    back = np.stack([found[f"z{i}"].to_numpy() for i in (1, 2, 3)], axis=1)
    np.testing.assert_array_equal(back, codes)
    assert back.dtype == np.float32
    assert found.schema.metadata[b"run"] == b"mnist-vae-z2-x"


def test_codes_without_labels_have_their_numbers_alone():
    assert list(codes_table(np.zeros((2, 2)))) == ["index", "z1", "z2"]


def test_codes_as_rows_say_the_same_as_columns():
    rows = rows_of(codes_table(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0, 0]), ("a",)))
    assert rows[1] == {"index": 1, "label": 0, "class": "a", "z1": 3.0, "z2": 4.0}


# Pictures


@pytest.mark.parametrize("shape", [(3, 5), (3, 5, 1), (3, 5, 3)])
def test_a_picture_is_enlarged_pixel_by_pixel(shape):
    picture = np.random.default_rng(0).random(shape)
    found = np.asarray(Image.open(io.BytesIO(png_bytes(picture, enlarged=4))))
    expected = np.round(picture.reshape(3, 5, -1).squeeze() * 255)
    np.testing.assert_array_equal(found[2::4, 2::4], expected)
    np.testing.assert_array_equal(found, expected.repeat(4, 0).repeat(4, 1))


def test_pixels_outside_0_and_1_are_clipped():
    found = np.asarray(Image.open(io.BytesIO(png_bytes(np.array([[-1.0, 2.0]]), enlarged=1))))
    assert found.tolist() == [[0, 255]]


@pytest.mark.parametrize("shape", [(3,), (3, 5, 2), (1, 3, 5, 1)])
def test_what_is_no_picture_is_refused(shape):
    with pytest.raises(WrongShape, match=r"picture's pixels have shape"):
        png_bytes(np.zeros(shape))


def test_tiles_stand_row_after_row_with_grey_between_and_after():
    images = np.arange(1, 4, dtype=np.float32).reshape(3, 1, 1, 1) * np.ones((1, 2, 2, 1), np.float32)
    picture = tiled(images, columns=2, gap=1, between=0.5)[..., 0]
    assert picture.shape == (5, 5)
    assert picture[0, 0] == 1
    assert picture[0, 3] == 2
    assert picture[3, 0] == 3
    assert (picture[2] == 0.5).all()
    assert (picture[3:, 3:] == 0.5).all()


# Figures


@pytest.fixture(scope="module")
def html() -> str:
    figure = go.Figure().add_scatter(x=np.arange(3), y=np.arange(3), name="</script><b>")
    return figure_html(figure, "A <b>& C").decode()


def test_a_figure_is_one_file_that_asks_for_nothing_else(html):
    assert "<script src" not in html
    assert "<link" not in html
    assert 4e6 < len(html) < 7e6  # the size that the button's label is read from


def test_the_title_of_a_file_is_text_and_its_colours_fit_light_and_dark(html):
    assert "<title>A &lt;b>&amp; C</title>" in html
    assert "prefers-color-scheme: dark" in html
    assert "rgba(0, 0, 0, 0)" in html


def test_a_name_in_it_never_ends_the_script(html):
    assert "</script><b>" not in html


def test_a_figure_is_left_as_it_was():
    figure = go.Figure(layout={"template": "plotly_dark"})
    before = figure.to_json()
    figure_html(figure)
    assert figure.to_json() == before


def test_the_mode_bar_saves_a_png_under_the_figures_name():
    options = config("cells: VAE · z=2")["toImageButtonOptions"]
    assert options == {"format": "png", "filename": "cells-VAE-z-2", "scale": 2}


@pytest.mark.parametrize(
    ("name", "stem"),
    [("../../etc/passwd", "etc-passwd"), ("", "figure"), ("é", "figure"), ("a" * 99, "a" * 80)],
)
def test_a_file_name_is_plain_on_every_system(name, stem):
    assert file_stem(name) == stem


def test_nothing_is_made_before_a_button_is_pressed():
    def page():
        import numpy as np
        import plotly.graph_objects as go

        from dashboard.figures import export as figure_export
        from dashboard.shared import export_buttons

        def refuse(*_):
            raise AssertionError("made on a rerun")

        for name in ("figure_html", "csv_bytes", "parquet_bytes", "png_bytes"):
            setattr(export_buttons, name, refuse)
        try:
            export_buttons.figure_buttons(go.Figure(), "figure", "a")
            export_buttons.table_csv([{"a": 1}], "table", "b")
            export_buttons.columns_parquet({"a": [1]}, "codes", "c")
            export_buttons.columns_csv({"a": [1]}, "codes", "d")
            export_buttons.image_grid_png(np.zeros((2, 2, 1)), "grid", "e")
        finally:
            for name in ("figure_html", "csv_bytes", "parquet_bytes", "png_bytes"):
                setattr(export_buttons, name, getattr(figure_export, name))

    app = AppTest.from_function(page).run()
    assert not app.exception
    labels = [button.label for button in app.get("download_button")]
    assert labels == ["HTML, interactive · 5 MB", "CSV", "Codes, Parquet", "Codes, CSV", "PNG"]
