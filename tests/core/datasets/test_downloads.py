"""Downloading, from a server of our own: verified, reported, whole or not at all."""

import functools
import gzip
import hashlib
import http.client
import http.server
import socket
import ssl
import threading
import urllib.error

import pytest

from aecore import datasets
from aecore.datasets import _idx
from aecore.errors import DataMissing
from tests.conftest import idx_files, put, stand_in_files

NAMES = [f"{split}-{kind}-ubyte" for split in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")]
FILES = stand_in_files(NAMES, height=5, width=4)
PACKED = {f"{name}.gz": gzip.compress(content, mtime=0) for name, content in FILES.items()}
NOWHERE = "http://127.0.0.1:9/"  # the discard port, where nothing answers


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder and keeps a list of what was asked for."""

    def log_message(self, *arguments: object) -> None:
        """Nothing on stderr."""

    def send_head(self):
        """Note the request, then answer it."""
        self.server.asked.append((self.command, self.path))
        return super().send_head()


@pytest.fixture
def served(tmp_path, monkeypatch):
    """A running server, its folder of packed files, its address and what it was asked for."""
    monkeypatch.setenv("no_proxy", "*")
    put(tmp_path / "served", PACKED)
    handler = functools.partial(Handler, directory=str(tmp_path / "served"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.asked, server.folder = [], tmp_path / "served"
        server.address = f"http://127.0.0.1:{server.server_port}/"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def source(served, monkeypatch):
    """MNIST in small, fetched from our own server by torchvision's names; nothing of it is shipped."""
    monkeypatch.setattr(_idx, "SHIPPED", served.folder / "shipped")
    mnist = _idx.import_torchvision().datasets.MNIST
    monkeypatch.setattr(mnist, "mirrors", [served.address])
    monkeypatch.setattr(mnist, "resources", [(name, md5(content)) for name, content in PACKED.items()])
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}
    return _idx.IdxFiles("Tiny", tuple("0123456789"), "MNIST", hashes)


@pytest.fixture
def mirrors(source, monkeypatch):
    """Say which mirrors there are."""
    mnist = _idx.import_torchvision().datasets.MNIST
    return lambda *addresses: monkeypatch.setattr(mnist, "mirrors", list(addresses))


def contents(folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_missing_files_are_fetched_verified_and_unpacked(source, tmp_path):
    source.download(tmp_path / "root")
    assert contents(source.folder(tmp_path / "root")) == FILES


def test_asking_for_images_that_are_missing_fetches_them(served, source, tmp_path, monkeypatch):
    for name, value in source.sha256.items():
        monkeypatch.setitem(idx_files("mnist").sha256, name, value)
    images = datasets.load_images("mnist", "test", tmp_path / "root", progress=lambda done, total: None)
    assert images.pixels.shape == (20, 5, 4, 1)


def test_only_what_is_missing_is_fetched(served, source, tmp_path):
    put(source.folder(tmp_path), {name: FILES[name] for name in NAMES[:3]})
    source.download(tmp_path)
    assert {path for _, path in served.asked} == {f"/{NAMES[3]}.gz"}


def test_what_came_with_the_product_is_not_fetched(served, source, tmp_path):
    put(source.folder(_idx.SHIPPED), {name: PACKED[name] for name in PACKED if name.startswith("t10k")})
    source.download(tmp_path)
    assert {path for _, path in served.asked} == {f"/{name}.gz" for name in NAMES[:2]}
    assert set(contents(source.folder(tmp_path))) == set(NAMES[:2])


def test_a_file_that_is_there_is_left_alone(source, tmp_path):
    put(source.folder(tmp_path), {NAMES[0]: b"mine"})
    source.download(tmp_path)
    assert (source.folder(tmp_path) / NAMES[0]).read_bytes() == b"mine"


def test_progress_ends_at_all_bytes_of_all_files(source, tmp_path):
    reports = []
    source.download(tmp_path, lambda done, total: reports.append((done, total)))
    everything = sum(map(len, PACKED.values()))
    assert reports[-1] == (everything, everything)


def test_progress_never_goes_back_and_its_total_never_changes(source, tmp_path):
    reports = []
    source.download(tmp_path, lambda done, total: reports.append((done, total)))
    assert reports == sorted(reports)
    assert len({total for _, total in reports}) == 1


def test_without_a_progress_function_a_bar_is_shown_on_stderr(served, source, tmp_path, monkeypatch, capsys):
    for name, value in source.sha256.items():
        monkeypatch.setitem(idx_files("mnist").sha256, name, value)
    datasets.download("mnist", root=tmp_path)
    captured = capsys.readouterr()
    assert "Downloading MNIST" in captured.err
    assert captured.out == ""


def test_a_file_with_the_wrong_hash_is_refused(served, source, tmp_path):
    (served.folder / f"{NAMES[0]}.gz").write_bytes(gzip.compress(b"something else"))
    with pytest.raises(DataMissing, match=f"{NAMES[0]}.gz arrived damaged"):
        source.download(tmp_path)


def test_nothing_is_left_of_a_file_with_the_wrong_hash(served, source, tmp_path):
    (served.folder / f"{NAMES[1]}.gz").write_bytes(gzip.compress(b"something else"))
    with pytest.raises(DataMissing):
        source.download(tmp_path)
    assert contents(source.folder(tmp_path)) == {NAMES[0]: FILES[NAMES[0]]}


def test_nothing_is_left_of_a_file_whose_writing_fails(source, tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(DataMissing, match="No space left on device"):
        source.download(tmp_path)
    assert contents(source.folder(tmp_path)) == {}


def test_a_download_that_is_cancelled_leaves_nothing_half_written(source, tmp_path):
    def cancel(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        source.download(tmp_path, cancel)
    assert contents(source.folder(tmp_path)) == {}


def test_a_download_goes_on_where_the_last_one_failed(served, source, tmp_path):
    (served.folder / f"{NAMES[3]}.gz").unlink()
    with pytest.raises(DataMissing):
        source.download(tmp_path)
    put(served.folder, PACKED)
    source.download(tmp_path)
    assert contents(source.folder(tmp_path)) == FILES


def test_the_second_mirror_is_asked_where_the_first_fails(served, source, mirrors, tmp_path):
    mirrors(NOWHERE, served.address + "gone/", served.address)
    source.download(tmp_path)
    assert contents(source.folder(tmp_path)) == FILES


def test_the_second_mirror_is_not_asked_where_the_first_answers(served, source, mirrors, tmp_path):
    mirrors(served.address, served.address + "second/")
    source.download(tmp_path)
    assert not any(path.startswith("/second") for _, path in served.asked)


def test_offline_the_error_says_what_is_missing_from_where_and_where_to_put_it(source, mirrors, tmp_path):
    mirrors(NOWHERE, "http://127.0.0.1:9/second/")
    put(source.folder(tmp_path), {NAMES[0]: FILES[NAMES[0]]})
    with pytest.raises(DataMissing) as caught:
        source.download(tmp_path)
    sentence = str(caught.value)
    second, files = "http://127.0.0.1:9/second/", ", ".join(NAMES[1:])
    assert sentence == (
        "Tiny could not be downloaded: the server refused the connection or broke it off, as where a machine "
        f"is offline. Try again, or fetch {files} from {NOWHERE} or {second} yourself, unpack the .gz files "
        f"and put them into {source.folder(tmp_path)}; where AECORE_DATA names a folder that has them, they "
        "are read from there."
    )


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (urllib.error.URLError(socket.gaierror(-2, "Name or service not known")), "no server was found"),
        (urllib.error.URLError(TimeoutError("timed out")), "nothing arrived within 30 s"),
        (TimeoutError("The read operation timed out"), "nothing arrived within 30 s"),
        (urllib.error.URLError(ssl.SSLError(1, "CERTIFICATE_VERIFY_FAILED")), "certificate"),
        (http.client.IncompleteRead(b"ab", 997), "broke it off"),
        (OSError(28, "No space left on device"), "No space left on device"),
    ],
)
def test_no_library_speaks_of_a_failed_download(source, tmp_path, monkeypatch, error, words):
    def fails(*_arguments):
        raise error

    monkeypatch.setattr(_idx, "_size", fails)
    with pytest.raises(DataMissing) as caught:
        source.download(tmp_path)
    assert words in str(caught.value)
    assert "urlopen" not in str(caught.value)
    assert "Errno" not in str(caught.value)


def test_a_server_without_the_file_is_reported_with_its_answer(source, served, mirrors, tmp_path):
    mirrors(served.address + "gone/")
    with pytest.raises(DataMissing, match="404"):
        source.download(tmp_path)


def test_a_folder_that_cannot_be_made_is_reported(source, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataMissing, match="Not a directory"):
        source.download(tmp_path / "file" / "root")


@pytest.mark.parametrize(
    "answer", [b"hello\r\n\r\n", b"", b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nab"]
)
def test_a_server_that_does_not_speak_http_is_reported_like_any_other_failure(
    served, source, tmp_path, monkeypatch, answer
):
    def garbage(handler):
        handler.wfile.write(answer)
        handler.close_connection = True

    monkeypatch.setattr(Handler, "do_HEAD", garbage)
    monkeypatch.setattr(Handler, "do_GET", garbage)
    with pytest.raises(DataMissing):
        source.download(tmp_path)


def test_an_answer_without_end_is_cut_off(source, tmp_path, monkeypatch):
    monkeypatch.setattr(_idx, "LARGEST_ARCHIVE", 100)
    with pytest.raises(DataMissing, match="sends more than 100 bytes"):
        source.download(tmp_path)
