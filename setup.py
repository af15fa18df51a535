"""What `pip install .` brings beside pyproject.toml: the dashboard and the shipped runs.

In the repository they are the folders dashboard/ and pretrained/. Installed, each bears a name that can clash
with nobody's: `aecore_dashboard`, which `dashboard/app.py` lets be imported as `dashboard` in its own process
alone, and `aecore/pretrained`.
"""

import shutil
from pathlib import Path

from setuptools import find_namespace_packages, find_packages, setup
from setuptools.command.build_py import build_py

DASHBOARD, PRETRAINED = "aecore_dashboard", "aecore.pretrained"
BESIDE = {"docs/metrics.md": f"{DASHBOARD}/metrics.md"}
"""Single files that the dashboard shows, and what they are called below the installed packages."""


class Build(build_py):
    """The packages, and the files of other folders that one of them shows."""

    def run(self) -> None:
        """Copy everything to where the wheel is made of it."""
        super().run()
        if not self.editable_mode:
            for source, target in BESIDE.items():
                shutil.copyfile(source, Path(self.build_lib) / target)


parts = find_namespace_packages("dashboard", exclude=["*__pycache__*"])
setup(
    packages=[
        *find_packages(include=["aecore*"]),
        DASHBOARD,
        *(f"{DASHBOARD}.{part}" for part in parts),
        PRETRAINED,
    ],
    package_dir={DASHBOARD: "dashboard", PRETRAINED: "pretrained"},
    package_data={
        "aecore": ["py.typed", "datasets/shipped/**/*"],
        DASHBOARD: [".streamlit/*", "**/*.css", "**/*.html", "**/*.js", "**/*.svg", "**/*.webp"],
        PRETRAINED: ["**/*", ".derived/**/*"],
    },
    exclude_package_data={PRETRAINED: [".locks/*"]},
    cmdclass={"build_py": Build},
)
