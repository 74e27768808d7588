"""Fixtures that several test modules share: one build of the demonstration warehouse for all of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

sys.path.insert(0, str(Path(__file__).parent))

from browser_page import started  # noqa: E402
from warehouse_build import Workplace  # noqa: E402


@pytest.fixture(scope="session")
def demo_workplace(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """The demonstration extracts, landed and built once by a plain `dbt build`; read it, don't change it."""
    place = Workplace(tmp_path_factory.mktemp("demo"))
    run = place.dbt("build")
    assert run.returncode == 0, run.stdout + run.stderr
    return place


@pytest.fixture(scope="session")
def built_warehouse(demo_workplace: Workplace) -> Path:
    """The DuckDB file of the demonstration build."""
    return demo_workplace.warehouse


@pytest.fixture(scope="session")
def dbt_manifest(demo_workplace: Workplace) -> Path:
    """dbt's manifest of the demonstration build."""
    return demo_workplace.manifest


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium; of one module, because its event loop is in the way of others."""
    yield from started()
