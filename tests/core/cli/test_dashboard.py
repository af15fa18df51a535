"""The command that serves the dashboard: what it asks of Streamlit. tests/browser/test_wheel.py runs it."""

import os
import runpy
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from typer.testing import CliRunner

from aecore.cli import dashboard
from aecore.cli.app import app
from aecore.errors import BadValue, ExtraMissing, quoted
from benchmarks.harness.server import free_port
from tests.conftest import ROOT


@pytest.fixture
def started(monkeypatch):
    """What Streamlit would be started with: its arguments, and whether all is only shown."""
    found = {}

    def run(module, run_name):
        found.update(
            module=module, name=run_name, words=sys.argv, read_only=os.environ.get("AECORE_READ_ONLY")
        )

    monkeypatch.setattr(sys, "argv", sys.argv)
    monkeypatch.setattr(runpy, "run_module", run)
    monkeypatch.setenv("AECORE_READ_ONLY", "")
    handler = signal.getsignal(signal.SIGINT)

    def start(*words):
        result = CliRunner().invoke(app, ["dashboard", *words])
        assert result.exit_code == 0, result.output
        return found

    yield start
    signal.signal(signal.SIGINT, handler)


def test_the_dashboard_serves_this_machine_alone_unless_told_otherwise(started):
    entry = str(ROOT / "dashboard" / "app.py")
    found = started()
    assert found["words"] == [
        "streamlit",
        "run",
        entry,
        "--server.address",
        "127.0.0.1",
        "--server.port",
        "8501",
    ]
    assert (found["module"], found["name"]) == ("streamlit", "__main__")
    assert found["read_only"] == ""


def test_port_and_host_are_handed_on_and_read_only_is_set_for_all_that_it_starts(started):
    found = started("--port", "9000", "--host", "0.0.0.0", "--read-only")
    assert found["words"][-4:] == ["--server.address", "0.0.0.0", "--server.port", "9000"]
    assert found["read_only"] == "1"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_an_address_and_a_name_of_this_machine_are_taken(started, host):
    assert host in started("--host", host)["words"]


def unknown(*arguments, **settings):
    raise socket.gaierror(-2, "Name or service not known")


@pytest.mark.parametrize("host", ["", "-", "--server.headless", "203.0.113.7", "no.such.host"])
def test_a_host_where_nothing_can_listen_is_refused_before_streamlit_starts(monkeypatch, host):
    """Empty is what an unset variable leaves: Streamlit would listen on every address."""
    monkeypatch.setattr(runpy, "run_module", lambda *_, **__: pytest.fail("Streamlit was started"))
    if host == "no.such.host":
        monkeypatch.setattr(socket, "getaddrinfo", unknown)
    result = CliRunner().invoke(app, ["dashboard", f"--host={host}"])
    assert isinstance(result.exception, BadValue)
    allowed = "an IP address or a name of this machine, such as 127.0.0.1"
    assert str(result.exception) == f"--host cannot be {quoted(host)}: it must be {allowed}."


@pytest.mark.parametrize("port", ["0", "65536", "web"])
def test_a_port_that_is_none_is_refused(port):
    assert CliRunner().invoke(app, ["dashboard", "--port", port]).exit_code == 2


def answers(url: str) -> bool:
    """Whether a server is there; while it starts nobody listens."""
    try:
        return urllib.request.urlopen(url, timeout=60).status == 200
    except OSError:
        return False


@pytest.mark.skipif(os.name == "nt", reason="no process can be sent Ctrl-C there")
def test_ctrl_c_ends_the_dashboard_quietly_and_well():
    port = free_port()
    command = [sys.executable, "-m", "aecore", "dashboard", "--port", str(port)]
    environment = os.environ | {"STREAMLIT_SERVER_HEADLESS": "true"}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            while not answers(f"http://127.0.0.1:{port}/_stcore/health"):
                assert server.poll() is None
                time.sleep(0.1)
            server.send_signal(signal.SIGINT)
            said, complained = server.communicate(timeout=60)
        finally:
            server.kill()
    assert (server.returncode, complained) == (0, "")
    assert "Aborted" not in said


def test_a_dashboard_without_streamlit_says_what_to_install(monkeypatch):
    monkeypatch.setattr(dashboard, "find_spec", lambda name: None)
    with pytest.raises(ExtraMissing, match=r'pip install "streamlit>='):
        dashboard.dashboard()


def test_an_installed_command_serves_the_dashboard_that_lies_beside_it_and_nobody_elses(
    monkeypatch, tmp_path
):
    monkeypatch.setattr(dashboard, "__file__", str(tmp_path / "aecore" / "cli" / "dashboard.py"))
    for name in ("dashboard", "aecore_dashboard"):
        (tmp_path / name).mkdir()
    assert dashboard.entry() == tmp_path / "aecore_dashboard" / "app.py"
