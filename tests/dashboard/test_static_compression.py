"""Static files: compressed once whoever asks, and otherwise as the server under them says."""

import asyncio
import gzip

import pytest
from starlette.types import Message, Receive, Scope, Send

from dashboard.services import static_compression
from dashboard.services.static_compression import StaticCompression
from tests.asgi import ask, run

SCRIPT = b"export const answer = 42;\n" * 200
IMMUTABLE = "public, immutable, max-age=31536000"


class Server:
    """A server of one file that counts how often it is asked."""

    def __init__(self, body: bytes = SCRIPT, status: int = 200, **headers: str) -> None:
        usual = {"content-type": "application/javascript", "cache-control": IMMUTABLE}
        named = usual | {name.replace("_", "-"): value for name, value in headers.items()}
        self.headers = [(name.encode(), value.encode()) for name, value in named.items()]
        self.body, self.status, self.asked, self.fails = body, status, 0, False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as told."""
        self.asked += 1
        await asyncio.sleep(0)
        if self.fails:
            raise OSError("the disk")
        await send({"type": "http.response.start", "status": self.status, "headers": list(self.headers)})
        half = len(self.body) // 2
        await send({"type": "http.response.body", "body": self.body[:half], "more_body": True})
        await send({"type": "http.response.body", "body": self.body[half:]})


def test_a_script_comes_compressed_and_whole():
    status, headers, body = run(ask(StaticCompression(Server(accept_ranges="bytes", etag='"1"'))))
    assert status == 200
    assert gzip.decompress(body) == SCRIPT
    assert headers["content-encoding"] == "gzip"
    assert int(headers["content-length"]) == len(body) < len(SCRIPT) / 10
    assert headers["vary"] == "Accept-Encoding"
    assert headers["etag"] == '"1"'
    assert "accept-ranges" not in headers


def test_a_script_is_read_once_for_all_who_ask_at_once_and_later():
    server = Server()

    async def crowd() -> list[tuple]:
        app = StaticCompression(server)
        return [*await asyncio.gather(*[ask(app) for _ in range(20)]), await ask(app)]

    answers = run(crowd())
    assert server.asked == 1
    assert {gzip.decompress(body) for _, _, body in answers} == {SCRIPT}


def test_a_script_is_read_once_though_the_first_who_asked_leaves():
    server = Server()

    async def first_leaves() -> tuple:
        app = StaticCompression(server)
        first, second = asyncio.ensure_future(ask(app)), asyncio.ensure_future(ask(app))
        await asyncio.sleep(0)
        first.cancel()
        await second
        return await ask(app)

    assert gzip.decompress(run(first_leaves())[2]) == SCRIPT
    assert server.asked == 1


def test_an_answer_is_not_changed_by_what_one_receiver_does_to_it():
    async def twice() -> tuple:
        app, heads = StaticCompression(Server()), []

        async def send(message: Message) -> None:
            if "headers" in message:
                message["headers"].append((b"x-mine", b"1"))
                heads.append(message["headers"])

        scope = {"type": "http", "method": "GET", "path": "/static/a.js"}
        for _ in range(2):
            await app(scope | {"headers": [(b"accept-encoding", b"gzip")]}, None, send)
        return heads

    assert [sum(name == b"x-mine" for name, _ in head) for head in run(twice())] == [1, 1]


@pytest.mark.parametrize(
    ("server", "asked"),
    [
        (Server(), {"accept_encoding": "identity"}),
        (Server(), {"range": "bytes=0-9"}),
        (Server(), {"if_none_match": '"1"'}),
        (Server(), {"path": "/media/a.js"}),
        (Server(), {"method": "HEAD"}),
        (Server(cache_control="no-cache"), {}),
        (Server(content_type="font/woff2"), {}),
        (Server(content_encoding="br"), {}),
        (Server(body=b"short"), {}),
        (Server(status=404), {}),
    ],
)
def test_everything_else_is_sent_as_it_is_and_asked_for_each_time(server, asked):
    async def twice() -> list[tuple]:
        app = StaticCompression(server)
        return [await ask(app, **asked), await ask(app, **asked)]

    for status, headers, body in run(twice()):
        assert (status, body) == (server.status, server.body)
        assert headers == {name.decode(): value.decode() for name, value in server.headers}
    assert server.asked == 2


def test_a_failure_is_told_and_not_kept():
    server = Server()

    async def fails_first() -> tuple:
        app, server.fails = StaticCompression(server), True
        with pytest.raises(OSError, match="the disk"):
            await ask(app)
        server.fails = False
        return await ask(app)

    assert gzip.decompress(run(fails_first())[2]) == SCRIPT


def test_what_is_kept_has_an_end_since_the_paths_of_a_file_have_none(monkeypatch):
    monkeypatch.setattr(static_compression, "MOST_KEPT", 2_000)
    server = Server()
    paths = [f"/static/{'./' * count}a.js" for count in range(100)]

    async def ask_all() -> tuple[int, list[tuple]]:
        app = StaticCompression(server)
        for path in paths:
            await ask(app, path)
        server.asked = 0
        return sum(map(len, app._kept)), [await ask(app, paths[-1]), await ask(app, paths[0])]

    taken, answers = run(ask_all())
    assert 0 < taken <= 2_000
    assert server.asked == 1  # the last is kept, the first was let go
    assert {gzip.decompress(body) for _, _, body in answers} == {SCRIPT}


@pytest.mark.parametrize("accepted", ["gzip;q=0", "br, gzip; q=0.00", "identity, notgzip", "gzipped"])
def test_who_refuses_gzip_gets_none(accepted):
    _, headers, body = run(ask(StaticCompression(Server()), accept_encoding=accepted))
    assert "content-encoding" not in headers
    assert body == SCRIPT


@pytest.mark.parametrize("accepted", ["GZIP", "br;q=1, gzip;q=0.001", "deflate,gzip"])
def test_who_takes_gzip_in_whatever_words_gets_it(accepted):
    _, headers, _ = run(ask(StaticCompression(Server()), accept_encoding=accepted))
    assert headers["content-encoding"] == "gzip"
