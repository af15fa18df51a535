"""The wheel: built from what git knows, installed elsewhere and used there, the repository out of sight.

The fresh environment takes its dependencies from the one that runs the tests, so that no network is asked;
the proxy that it would ask does not answer.
"""

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from benchmarks.harness.server import ROOT, free_port, open_plane, serving

pytestmark = pytest.mark.xdist_group("wheel")  # built once
SECONDS = 120_000
LARGEST = 96e6


def tracked() -> list[str]:
    """The files of the repository: what is committed, and what is new and not ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [name for name in listed.split("\0") if (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Built from a copy, so that nothing an earlier build has left gets into it."""
    folder = tmp_path_factory.mktemp("build")
    with tarfile.open(folder / "source.tar", "w") as archive:
        for name in tracked():
            archive.add(ROOT / name, name)
    with tarfile.open(folder / "source.tar") as archive:
        archive.extractall(folder / "source", filter="data")
    command = [sys.executable, "-m", "pip", "wheel", str(folder / "source"), "--wheel-dir", str(folder)]
    command += ["--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--disable-pip-version-check"]
    subprocess.run(command, cwd=folder, check=True)
    (built,) = folder.glob("*.whl")
    return built


class Installed:
    """A fresh environment with the wheel in it, and a folder to work in that is not the repository."""

    def __init__(self, folder: Path, wheel: Path) -> None:
        self.root, self.folder = folder / "environment", folder / "elsewhere"
        self.folder.mkdir()
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(self.root)], check=True)
        self.bin = self.root / ("Scripts" if os.name == "nt" else "bin")
        pip = [sys.executable, "-m", "pip", "--python", str(self.bin / "python"), "install", "--no-deps"]
        subprocess.run([*pip, "--no-index", "--quiet", "--disable-pip-version-check", str(wheel)], check=True)
        self.packages = Path(
            self.ask("python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))")
        )
        (self.packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
        # Somebody else's package of the folder's name in the repository.
        (self.packages / "dashboard.py").write_text("raise ImportError('somebody else is asked')")

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of the variables of this process; folders of its own, and no network."""
        home = str(self.folder / "home")
        nowhere = dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:9")
        path = os.pathsep.join([str(self.bin), os.defpath])
        own = {"PATH": path, "HOME": home, "USERPROFILE": home, "no_proxy": "127.0.0.1", "LANG": "C.UTF-8"}
        return own | nowhere | {"OMP_NUM_THREADS": "1", "STREAMLIT_SERVER_HEADLESS": "true"}

    def ask(self, program: str, *words: str) -> str:
        """What a program of the environment prints."""
        done = subprocess.run(
            [str(self.bin / program), *words],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Installed:
    return Installed(tmp_path_factory.mktemp("installed"), wheel)


@pytest.fixture(scope="module")
def address(installed):
    """The dashboard of the wheel, served by its own command."""
    port = free_port()
    command = [str(installed.bin / "aecore"), "dashboard", "--port", str(port)]
    with serving(command, port, installed.folder / "log", installed.folder, installed.environment) as address:
        yield address


def test_the_wheel_holds_core_dashboard_and_shipped_runs_whole_and_nothing_else(wheel):
    places = {"aecore/": "aecore/", "dashboard/": "aecore_dashboard/", "pretrained/": "aecore/pretrained/"}
    expected = {
        there + name.removeprefix(here)
        for name in tracked()
        for here, there in places.items()
        if name.startswith(here) and not name.endswith(".d.ts")  # types are for checks
    }
    with zipfile.ZipFile(wheel) as file:
        names = {name for name in file.namelist() if ".dist-info/" not in name}
    assert names == expected | {"aecore_dashboard/metrics.md"}
    assert wheel.stat().st_size < LARGEST


def test_a_shipped_run_opens_from_any_folder_and_test_images_are_there(installed):
    said = installed.ask(
        "python",
        "-c",
        "import aecore, sys; run = aecore.open_run('mnist-vae-z2');"
        "images = aecore.load_images('mnist', 'test').pixels[:50];"
        "print(run.encode(images).shape, run.decode(run.encode(images)).shape, run.stored.is_shipped);"
        "print(aecore.__file__); print(*sys.path, sep='\\n')",
    )
    shapes, home, *paths = said.splitlines()
    assert shapes == "(50, 2) (50, 28, 28, 1) True"
    assert Path(home).is_relative_to(installed.packages)
    assert str(ROOT) not in paths


def test_the_first_page_of_a_wheel_decodes_and_asks_no_other_host(page, address):
    hosts = []
    page.on("request", lambda request: hosts.append(request.url))
    open_plane(page, address)
    assert [url for url in hosts if not url.startswith((address, "data:", "blob:"))] == []
    expect(page.get_by_role("button", name="Download MNIST")).to_have_count(0)


def test_a_training_is_started_from_its_page_and_ends_among_the_runs(page, address, installed):
    page.goto(f"{address}/train?dataset=digits&variant=vae&set.epochs=3&set.seed=6")
    page.get_by_role("button", name="Train", exact=True).click(timeout=SECONDS)
    expect(page.get_by_role("button", name="New training")).to_be_visible(timeout=SECONDS)
    expect(page.get_by_role("link", name="Open on Explore").first).to_be_visible(timeout=SECONDS)
    runs = json.loads(installed.ask("aecore", "list", "--json"))
    assert [run["shipped"] for run in runs].count(False) == 1
    assert len(runs) == 1 + len(list((ROOT / "pretrained").glob("*/manifest.json")))


def test_the_definitions_of_numbers_are_in_the_wheel(page, address):
    page.goto(f"{address}/compare?dataset=digits&section=Coverage")
    page.get_by_role("button", name="How each number is defined").click(timeout=SECONDS)
    expect(page.get_by_role("dialog").get_by_role("heading").nth(1)).to_be_visible(timeout=SECONDS)
