"""A data set without labels, one file dropped in: every page shows its runs and says what it lacks."""

import re
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from aecore import datasets, runs
from aecore.analysis import projection
from aecore.jobs import snapshot
from aecore.models import inference
from aecore.storage import replay
from dashboard.components.latent_plane import pack
from dashboard.compare import projections
from dashboard.figures.projection import projection_map
from dashboard.services import background, cached_reads
from dashboard.shared.replay import packed_rewind
from dashboard.train.live_plane import packed_live
from tests.conftest import quick
from tests.dashboard.test_packing import unpacked

ROOT = Path(__file__).resolve().parents[2]
PROMISES = re.compile(r"coloured by class|recognised|Seen as|kNN|Units by class|of the class", re.IGNORECASE)
"""What pages say of classes."""


@pytest.fixture
def pebbles(made_data_set, monkeypatch):
    """Small colour images without labels, and runs of three variants on them by variant."""
    made_data_set("pebbles", title="Pebbles", classes=0, shape=(32, 32, 3), count=60)
    monkeypatch.setattr(background.Register, "start", lambda self, *begin: None)
    cached_reads._listing.clear()
    variants = {"vae": 2, "ae": 4, "denoising": 2, "sparse": 8}
    found = {
        name: runs.train(name, "pebbles", latent_dim=size, **quick(name)) for name, size in variants.items()
    }
    cached_reads._listing.clear()
    return {name: run.stored for name, run in found.items()}


def opened(page: str, **parameters: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=120)
    for name, value in ({"dataset": "pebbles"} | parameters).items():
        app.query_params[name] = value
    app.switch_page(f"app_pages/{page}.py")
    return app.run()


def said(app: AppTest) -> str:
    """All that a page says in words."""
    kinds = (app.markdown, app.caption, app.info, app.warning, app.error)
    return "\n".join(one.value for kind in kinds for one in kind) + "\n".join(
        str(one.proto) for one in app.get("html")
    )
