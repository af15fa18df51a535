"""Sessions without a screen: they say to the dashboard's server what a browser says, and draw nothing.

Thirty browsers are thirty machines in a classroom, but on one machine they are the load that is measured.
A session speaks Streamlit's own messages over the same websocket: it sends every choice with the state of
all widgets and the hashes of the messages that it keeps, and waits until the page's script has finished and
all of its output has come.
"""

import asyncio
import json
import random
import time
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

ACTIONS = {"another run": 7, "an image": 7, "a tab": 5, "another data set": 1}
"""What a session does, of twenty times."""
THINK_S = (3.0, 9.0)
"""Seconds between an answer and the next action, uniform."""
GIVE_UP_S = 120.0
KEPT_RUNS = 2
"""Reruns for which a browser keeps a large message that did not come again, as Streamlit's does."""
PATH = "/_stcore/stream"
MOST_BYTES = 64 * 2**20
IMAGES = 1000
"""Test images that every data set has, and one may select."""
_FRAGMENT = ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY


@dataclass(frozen=True)
class Answer:
    """One action and what came of it.

    Attributes:
        action: "opening", one of ACTIONS, or "following" a training.
        seconds: from the request to the end of the page's script, all of its output received.
        received: bytes.
        elements: kinds of the elements that came, in order; a message that was kept is "kept".
    """

    action: str
    seconds: float
    received: int
    elements: tuple[str, ...]


@dataclass
class Screen:
    """What a browser knows of the page that it shows, and answers with.

    Attributes:
        query: the address behind the question mark.
        page: hash of the page's script; empty before the first answer.
        widgets: the state of each widget, by its id.
        choices: id and options of each selectbox, by its label.
        plane: id of the latent plane; empty where there is none.
        wanted: address of what it shows; empty where that came with it.
        tabs: id, fragment and labels of the tabs; an empty id where there are none.
        kept: age in reruns of each large message, by its hash.
        name: the page's in the address; empty for the first.
        followed: seconds between two looks of a fragment that runs by itself, by its id.
        buttons: id and fragment of each button that can be pressed, by its label.
        told: sentences that came up for a moment.
    """

    query: str = ""
    page: str = ""
    widgets: dict[str, WidgetState] = field(default_factory=dict)
    choices: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    plane: str = ""
    wanted: str = ""
    tabs: tuple[str, str, list[str]] = ("", "", [])
    kept: dict[str, int] = field(default_factory=dict)
    name: str = ""
    followed: dict[str, float] = field(default_factory=dict)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    def take(self, message: ForwardMsg) -> str:
        """Take in a message, and say which kind of element it brings; empty for none.

        Args:
            message: from the server.

        Returns:
            "markdown", "metric", "tab" and so on; "kept" where it only names a message that came before.

        Raises:
            RuntimeError: if it shows an exception.
        """
        kind = message.WhichOneof("type")
        if kind == "ref_hash":
            self.kept[message.ref_hash] = 0
            return "kept"
        if message.metadata.cacheable:
            self.kept[message.hash] = 0
        if kind == "navigation":
            self.page = message.navigation.page_script_hash
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "auto_rerun":
            self.followed[message.auto_rerun.fragment_id] = message.auto_rerun.interval
        elif kind == "delta":
            return self._show(message)
        return ""

    def _show(self, message: ForwardMsg) -> str:
        delta = message.delta
        kind = delta.WhichOneof("type")
        if kind == "add_block":
            block = delta.add_block
            if block.HasField("tab_container"):
                self.tabs = (block.tab_container.id or block.id, delta.fragment_id, [])
            elif block.HasField("tab"):
                self.tabs[2].append(block.tab.label)
            return block.WhichOneof("type") or ""
        if kind != "new_element":
            return ""
        shown = delta.new_element.WhichOneof("type") or ""
        element = getattr(delta.new_element, shown)
        if shown == "exception":
            raise RuntimeError(f"The page shows {element.type}: {element.message}")
        if shown == "selectbox":
            value = element.raw_value if element.set_value else list(element.options)[element.default]
            before = self.widgets.get(element.id)
            if element.set_value or before is None:
                self.widgets[element.id] = WidgetState(id=element.id, string_value=value)
            self.choices[element.label] = (element.id, list(element.options))
        elif shown == "button":
            self.buttons.pop(element.label, None)
            if not element.disabled:
                self.buttons[element.label] = (element.id, delta.fragment_id)
        elif shown == "toast":
            self.told.append(element.body)
        elif shown == "bidi_component" and element.id.endswith("-latent_plane"):
            self.plane = element.id
            self.wanted = json.loads(element.json or "{}").get("address", "")
        return shown

    def finish(self, how: int) -> bool:
        """Take in that a script has finished, and say whether it was the whole page's.

        Large messages that have not come for a while are forgotten then.

        Args:
            how: one of ForwardMsg's ways to finish.
        """
        if how in (_FRAGMENT, ForwardMsg.FINISHED_EARLY_FOR_RERUN):  # the latter runs again
            return False
        self.kept = {key: age + 1 for key, age in self.kept.items() if age < KEPT_RUNS}
        return True

    def request(self, changed: WidgetState | None = None, fragment: str = "", is_auto: bool = False) -> bytes:
        """What a browser sends to run the page, or a fragment of it, again.

        Args:
            changed: the widget that was touched; a press is sent this once.
            fragment: id of the fragment that it stands in.
            is_auto: whether the fragment runs by itself.

        Returns:
            The bytes of the message.
        """
        states = self.widgets if changed is None else self.widgets | {changed.id: changed}
        if changed is not None and changed.WhichOneof("value") != "trigger_value":
            self.widgets = states
        message = BackMsg()
        state = message.rerun_script
        state.is_auto_rerun = is_auto
        state.query_string = self.query
        state.page_script_hash, state.page_name = self.page, "" if self.page else self.name
        state.fragment_id = fragment
        state.widget_states.widgets.extend(states.values())
        state.cached_message_hashes.extend(self.kept)
        state.context_info.timezone, state.context_info.locale = "UTC", "en-US"
        state.context_info.color_scheme = "light"
        return message.SerializeToString()

    def act(self, action: str, chance: random.Random) -> bytes:
        """The request of an action, with whatever chance chooses.

        Args:
            action: one of ACTIONS.
            chance: chooses the run, image, tab or data set.

        Returns:
            The bytes of the message.
        """
        if action == "an image" and self.plane:
            value = {"selection": {"index": chance.randrange(IMAGES)}}
            return self.request(WidgetState(id=self.plane, json_value=json.dumps(value)))
        key, fragment, labels = self.tabs
        if action == "a tab" and key:
            now = self.widgets[key].string_value if key in self.widgets else labels[0]
            label = chance.choice([label for label in labels if label != now])
            return self.request(WidgetState(id=key, string_value=label), fragment)
        key, options = self.choices["Data set" if action == "another data set" else "Model"]
        now = self.widgets[key].string_value
        others = [name for name in options if name != now and "not trained yet" not in name]
        return self.request(WidgetState(id=key, string_value=chance.choice(others)))


class Session:
    """One browser's talk with the server."""

    def __init__(self, socket: ClientConnection, address: str, query: str, name: str = "") -> None:
        self._socket = socket
        self._address = address
        self._fetched: set[str] = set()
        self.screen = Screen(query, name=name)

    async def ask(self, action: str, request: bytes) -> Answer:
        """Send a request and receive all of its answer.

        Args:
            action: what to call it.
            request: from the screen.

        Returns:
            What came of it.
        """
        started, received, elements = time.perf_counter(), 0, []
        await self._socket.send(request)
        async with asyncio.timeout(GIVE_UP_S):
            while True:
                data = await self._socket.recv()
                received += len(data)
                assert isinstance(data, bytes), "Streamlit sends no text"
                message = ForwardMsg.FromString(data)
                if message.WhichOneof("type") != "script_finished":
                    elements.append(self.screen.take(message))
                elif self.screen.finish(message.script_finished) or message.script_finished == _FRAGMENT:
                    break
            received += await self._fetch(self.screen.wanted)
        return Answer(action, time.perf_counter() - started, received, tuple(filter(None, elements)))

    async def _fetch(self, path: str) -> int:
        """Fetch what a plane shows, once, as a browser keeps it; gives the bytes that came."""
        if not path or path in self._fetched:
            return 0
        self._fetched.add(path)
        return await asyncio.to_thread(_received, f"{self._address}/{path}")


def _received(url: str) -> int:
    with urllib.request.urlopen(url, timeout=GIVE_UP_S) as answer:
        return len(answer.read())


def explore(
    address: str,
    queries: Iterable[str],
    seconds: float,
    seed: int,
    think: tuple[float, float] = THINK_S,
    watched: str = "",
) -> list[Answer]:
    """Open the Explore page in many sessions and act in each, for a while.

    Args:
        address: of the dashboard.
        queries: the address of each session's first view, behind the question mark.
        seconds: how long; who has begun an action then still awaits its answer.
        seed: of all that is chosen.
        think: seconds between an answer and the next action; sessions open within the longest of them.
        watched: id of a training that one more session follows on the Train page.

    Returns:
        Every answer, in the order in which they came.
    """
    answers: list[Answer] = []

    async def all_of_them() -> None:
        async with asyncio.TaskGroup() as group:
            for place, query in enumerate(queries):
                chance = random.Random(f"{seed} {place}")
                group.create_task(visit(address, query, chance, seconds, think, answers.append))
            if watched:
                group.create_task(_follow(address, f"job={watched}", seconds, answers.append))

    asyncio.run(all_of_them())
    return answers


async def visit(
    address: str,
    query: str,
    chance: random.Random,
    seconds: float,
    think: tuple[float, float],
    tell: Callable[[Answer], None],
) -> None:
    """One session that explores for a while; arguments as of `explore`, `tell` is given each answer."""
    end = time.perf_counter() + seconds
    await asyncio.sleep(chance.uniform(0, think[1]))
    async with connected(address) as socket:
        session = Session(socket, address, query)
        tell(await session.ask("opening", session.screen.request()))
        while True:
            pause = chance.uniform(*think)
            if time.perf_counter() + pause > end:
                break
            await asyncio.sleep(pause)
            action = chance.choices(list(ACTIONS), list(ACTIONS.values()))[0]
            tell(await session.ask(action, session.screen.act(action, chance)))
        await asyncio.sleep(max(0.0, end - time.perf_counter()))  # the session stays open until the end


async def _follow(address: str, query: str, seconds: float, tell: Callable[[Answer], None]) -> None:
    end = time.perf_counter() + seconds
    async with connected(address) as socket:
        session = Session(socket, address, query, "train")
        await session.ask("opening", session.screen.request())
        followed = list(session.screen.followed.items())
        fragment, period = (
            followed[0] if followed else ("", seconds)
        )  # nothing to follow: it only stands there
        while time.perf_counter() + period < end:
            await asyncio.sleep(period)
            tell(await session.ask("following", session.screen.request(fragment=fragment)))


def connected(address: str) -> connect:
    """A connection such as a browser's."""
    url = address.replace("http", "ws", 1) + PATH
    about = {"max_size": MOST_BYTES, "subprotocols": ["streamlit"], "compression": None}
    return connect(url, open_timeout=GIVE_UP_S, ping_timeout=GIVE_UP_S, **about)
