"""A page's address as one session knows it: what stands there, what is shown, what travels. Pure.

Streamlit makes a history entry of every write to its query parameters, and sends back with each rerun what
it knew of them when it asked, which may be old. So the session's own copy counts, and the browser's is
taken only where it went somewhere: to another page, back, forward, or along a link. A choice is written at
once, as one entry; what follows from it or stands there by default is written when the page has run, in
one step that replaces the entry (`components/address`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

REMEMBERED = 64
"""Addresses that the browser may still send without having gone anywhere."""


@dataclass
class Address:
    """What a session knows of its page's address.

    Attributes:
        dependents: the parameters that lose their meaning when one changes, by its name.
        page: the page shown.
        parts: the parameters as they are to stand there.
        shown: the parameters as the browser shows them.
        elsewhere: each parameter as it stood last, on whatever page: what travels to the next one.
        asked: the parameters that came with a link, and were not chosen here since.
        wanted: what the browser was told last to show in place of its entry (`components.address`).
        is_restored: whether this run shows what the browser went back or forward to.
    """

    dependents: Mapping[str, Iterable[str]] = field(default_factory=dict)
    page: str = ""
    parts: dict[str, str] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    elsewhere: dict[str, str] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    wanted: dict[str, Any] = field(default_factory=dict)
    is_restored: bool = False
    _heard: list[frozenset[tuple[str, str]]] = field(default_factory=list)
    _read: set[str] = field(default_factory=set)
    _travels: bool = False
    _last: frozenset[str] = frozenset()

    def open(self, page: str, said: Mapping[str, str], is_history: bool) -> None:
        """A page runs.

        Args:
            page: which one.
            said: what the browser says its address is.
            is_history: whether it went there by Back or Forward.
        """
        has_moved = page != self.page
        self.page, self.is_restored = page, is_history
        if has_moved or is_history:
            self._take(said)
            self._travels = has_moved and not is_history
        else:
            self.hear(said)

    def hear(self, said: Mapping[str, str]) -> None:
        """The browser says what its address is: news only where it was never told or heard."""
        if frozenset(said.items()) not in self._heard:
            self._take(said)
            self._travels, self.is_restored = False, bool(self.page)

    def _take(self, said: Mapping[str, str]) -> None:
        for name, stale in self.dependents.items():
            if self.elsewhere.get(name, said.get(name)) != said.get(name, self.elsewhere.get(name)):
                for dependent in stale:
                    self.elsewhere.pop(dependent, None)
        self.parts, self.shown = dict(said), dict(said)
        self.elsewhere |= said
        self.asked, self._read, self._last = set(said), set(), frozenset()
        self._heard = [frozenset(said.items())]

    def get(self, name: str) -> str | None:
        """A parameter; one that is read for the first time on a page may come from the page before."""
        if name not in self.parts and name not in self._read:
            if not self._travels:
                self.elsewhere.pop(name, None)
            elif name in self.elsewhere:
                self.parts[name] = self.elsewhere[name]
        self._read.add(name)
        return self.parts.get(name)

    def arrives(self, name: str) -> str | None:
        """What `get` would bring along from the page before; None where the parameter stands here already."""
        is_here = name in self.parts or name in self._read
        return self.elsewhere.get(name) if self._travels and not is_here else None

    def replace(self, name: str, text: str) -> None:
        """Let a parameter stand on this page alone; on the next one it is as it was on the one before."""
        self.parts[name] = text
        self._read.add(name)

    def put(self, changes: Mapping[str, str | None]) -> None:
        """Let parameters stand there, or, with None, no more."""
        for name, text in changes.items():
            for place in (self.parts, self.elsewhere):
                place.pop(name, None)
                if text is not None:
                    place[name] = text
            self.asked.discard(name)
            self._read.add(name)

    def leave_out(self, name: str) -> None:
        """A parameter does not stand there, being at its default; on another page it is still known."""
        self.parts.pop(name, None)
        self.asked.discard(name)

    def choose(self, changes: Mapping[str, str | None], goes_on: str = "") -> bool:
        """Take what a person chose.

        Args:
            changes: parameters, None for one that is to go.
            goes_on: a parameter whose change, if nothing else changes, goes on with the one before.

        Returns:
            Whether it is an entry of its own in the browser's history.
        """
        changed = frozenset(name for name, text in changes.items() if self.parts.get(name) != text)
        before, self._last = self._last, changed or self._last
        self.put(changes)
        return bool(changed) and not (changed == before == {goes_on})

    def is_shown(self) -> bool:
        """Whether the browser shows what is to stand there."""
        return self.parts == self.shown

    def show(self) -> None:
        """The browser is told to show what stands there."""
        self.shown = dict(self.parts)
        self._heard = [*self._heard[-REMEMBERED:], frozenset(self.parts.items())]
