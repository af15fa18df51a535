"""What the classroom's sessions say to the server, and the numbers that are made of its answers."""

import json
import random

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from benchmarks import classroom, sessions
from benchmarks.sessions import KEPT_RUNS, Screen

VARIANTS = ["Autoencoder", "Variational autoencoder", "LSTM · not trained yet"]


def _selectbox(label="Model", default=0, **more):
    message = ForwardMsg()
    shown = message.delta.new_element.selectbox
    shown.id, shown.label, shown.default = f"id-{label}", label, default
    shown.options.extend(VARIANTS)
    for name, value in more.items():
        setattr(shown, name, value)
    return message


def _tabs(*labels):
    container = ForwardMsg()
    container.delta.fragment_id = "fragment"
    container.delta.add_block.tab_container.id = "id-tabs"
    messages = [container]
    for label in labels:
        message = ForwardMsg()
        message.delta.add_block.tab.label = label
        messages.append(message)
    return messages


def _sent(request):
    return BackMsg.FromString(request).rerun_script


def test_a_session_answers_with_the_state_of_every_widget_and_the_address_it_was_told():
    screen = Screen("variant=ae")
    moved = ForwardMsg()
    moved.page_info_changed.query_string = "variant=vae"
    for message in (_selectbox(), moved):
        screen.take(message)
    sent = _sent(screen.request())
    assert sent.query_string == "variant=vae"
    assert {widget.id: widget.string_value for widget in sent.widget_states.widgets} == {
        "id-Model": "Autoencoder"
    }


def test_a_choice_that_the_server_makes_replaces_the_one_before():
    screen = Screen()
    screen.take(_selectbox())
    screen.take(_selectbox(set_value=True, raw_value="Variational autoencoder"))
    (widget,) = _sent(screen.request()).widget_states.widgets
    assert widget.string_value == "Variational autoencoder"


def test_another_run_is_never_the_one_shown_nor_one_that_is_not_trained():
    screen = Screen()
    screen.take(_selectbox())
    for seed in range(20):
        screen.widgets["id-Model"].string_value = "Autoencoder"
        (widget,) = _sent(screen.act("another run", random.Random(seed))).widget_states.widgets
        assert widget.string_value == "Variational autoencoder"


def test_another_tab_runs_its_fragment_alone():
    screen = Screen()
    for message in _tabs("In short", "Latent space"):
        screen.take(message)
    sent = _sent(screen.act("a tab", random.Random(0)))
    (widget,) = sent.widget_states.widgets
    assert (sent.fragment_id, widget.id, widget.string_value) == ("fragment", "id-tabs", "Latent space")


def test_an_image_is_selected_as_the_plane_reports_it():
    screen, message = Screen(), ForwardMsg()
    message.delta.new_element.bidi_component.id = "$$ID-1-latent_plane"
    screen.take(message)
    (widget,) = _sent(screen.act("an image", random.Random(0))).widget_states.widgets
    assert 0 <= json.loads(widget.json_value)["selection"]["index"] < sessions.IMAGES


def test_large_messages_are_kept_until_they_have_not_come_for_a_while():
    screen, large = Screen(), ForwardMsg(hash="much")
    large.metadata.cacheable = True
    large.delta.new_element.markdown.body = "text"
    assert screen.take(large) == "markdown"
    for _ in range(KEPT_RUNS):
        assert screen.finish(ForwardMsg.FINISHED_SUCCESSFULLY)
        assert list(_sent(screen.request()).cached_message_hashes) == ["much"]
    assert screen.take(ForwardMsg(ref_hash="much")) == "kept"
    for _ in range(KEPT_RUNS + 1):
        assert screen.finish(ForwardMsg.FINISHED_SUCCESSFULLY)
    assert not _sent(screen.request()).cached_message_hashes


def test_a_fragment_or_a_run_that_was_ended_makes_no_message_older():
    screen, large = Screen(), ForwardMsg(hash="much")
    large.metadata.cacheable = True
    screen.take(large)
    for _ in range(KEPT_RUNS + 1):
        assert not screen.finish(ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
        assert not screen.finish(ForwardMsg.FINISHED_EARLY_FOR_RERUN)
    assert list(_sent(screen.request()).cached_message_hashes) == ["much"]


def test_a_press_is_sent_once_and_a_grey_button_cannot_be_pressed():
    screen, message = Screen(), ForwardMsg()
    button = message.delta.new_element.button
    button.id, button.label, message.delta.fragment_id = "id-train", "Train", "part"
    screen.take(message)
    assert screen.buttons == {"Train": ("id-train", "part")}
    (sent,) = _sent(screen.request(WidgetState(id="id-train", trigger_value=True))).widget_states.widgets
    assert (sent.id, sent.trigger_value) == ("id-train", True)
    assert not _sent(screen.request()).widget_states.widgets
    button.disabled = True
    screen.take(message)
    assert not screen.buttons


def test_an_exception_on_the_page_ends_the_measuring():
    message = ForwardMsg()
    message.delta.new_element.exception.type = "KeyError"
    message.delta.new_element.exception.message = "'codes'"
    with pytest.raises(RuntimeError, match="The page shows KeyError: 'codes'"):
        Screen().take(message)


def test_the_95th_percentile_lies_between_what_was_measured():
    assert classroom.quantiles([0.2]) == (0.2, 0.2)
    assert classroom.quantiles([1.0, 2.0]) == pytest.approx((1.5, 1.95))
    assert classroom.quantiles([*range(101)]) == pytest.approx((50, 95))


def test_resident_memory_is_read_in_megabytes():
    assert classroom.resident("Name:\tpython\nVmPeak:\t  9 kB\nVmRSS:\t  250000 kB\n") == pytest.approx(256.0)
