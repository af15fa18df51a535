"""A session that draws nothing is sent what a browser is sent, or the classroom's numbers mean nothing."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks import sessions
from benchmarks.harness.server import open_plane
from benchmarks.sessions import Screen
from tests.browser.idle import answered

SECONDS = 12.0
WANTED = {"another run", "an image", "a tab"}


def _explored(address, seconds):
    """In a process of its own: the browser's driver has this one's event loop."""
    with ProcessPoolExecutor(1, get_context("spawn")) as elsewhere:
        return elsewhere.submit(sessions.explore, address, [""], seconds, 0, (0.2, 0.4)).result()


def test_a_session_is_sent_the_elements_that_a_browser_is_sent(page, address):
    shown: list[bytes] = []

    def note(frame):
        shown.append(frame)

    fetched: list[int] = []

    def add(response):
        if "/planes/" in response.url:
            fetched.append(int(response.headers["content-length"]))

    page.on("response", add)
    page.on("websocket", lambda socket: socket.on("framereceived", note))
    open_plane(page, address)
    answered(page)
    page.wait_for_timeout(1500)
    browser = Screen()
    seen = [browser.take(ForwardMsg.FromString(frame)) for frame in shown]
    for seconds in (SECONDS, 6 * SECONDS):  # a busy machine answers less often
        opening, *acted = _explored(address, seconds)
        if {answer.action for answer in acted} >= WANTED:
            break
    assert sorted(filter(None, seen)) == sorted(opening.elements)
    assert (
        abs(opening.received - sum(map(len, shown)) - sum(fetched)) < 2000
    )  # ids of its own, and what follows the end
    assert "bidi_component" in opening.elements
    assert {answer.action for answer in acted} >= WANTED
    assert all(answer.elements for answer in acted)
    chosen = [answer for answer in acted if answer.action == "an image"]
    assert all("kept" in answer.elements and answer.received < opening.received / 10 for answer in chosen)
