"""One parse of the project for all workplaces of a test run, which is a third of the time of most builds.

dbt takes up the parse that it finds in a target folder, reads again what has changed since and drops it all where settings or
the profile differ. In the profile stands the path of the warehouse, which is another one in each workplace and decides nothing
in a parse: so its hash is written anew. Were that hash wrong, dbt would parse everything, as it does without a former parse.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import pprint
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgpack
import yaml
from filelock import FileLock

if TYPE_CHECKING:
    from warehouse_build import Workplace

# Names the folder of the parse; where it is not set, as in campaigns, each workplace has its own.
FOLDER_ENV = "SHARED_PARSE_FOLDER"
FILE = "partial_parse.msgpack"
PROJECT = Path(__file__).parents[2]


def hand_on(place: Workplace) -> None:
    """Put the parse of the project into a workplace that has none yet."""
    target = place.folder / "target" / FILE
    if FOLDER_ENV not in os.environ or target.exists():
        return
    parsed = msgpack.unpackb(_parsed(place), strict_map_key=False)
    parsed["state_check"]["profile_hash"]["checksum"] = _profile_hash(place.warehouse)
    # The parse is of the project; a workplace may have a copy of it, from which files are to be read.
    for file in parsed["files"].values():
        if file["path"]["project_root"] == str(PROJECT):
            file["path"]["project_root"] = str(place.project)
    for node in parsed["nodes"].values():
        if "root_path" in node:
            node["root_path"] = str(place.project)
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(msgpack.packb(parsed))


def _parsed(place: Workplace) -> bytes:
    """Return the parse; the first that asks for it makes it."""
    folder = Path(os.environ[FOLDER_ENV])
    file = folder / "target" / FILE
    with FileLock(folder.with_suffix(".lock")):
        if not file.exists():
            folder.mkdir()
            own = dataclasses.replace(place, folder=folder, project=PROJECT)
            dbt = Path(sys.executable).parent / "dbt"
            subprocess.run(
                [dbt, "--quiet", "parse"], cwd=PROJECT, env=own.environment(), check=True, stdout=sys.stderr
            )
    return file.read_bytes()


@cache
def _profile() -> dict[str, Any]:
    profiles = yaml.safe_load((PROJECT / "profiles.yml").read_text(encoding="utf-8"))
    output = profiles["staff_mobility"]["outputs"]["duckdb"]
    # What dbt keeps for itself.
    return {key: value for key, value in output.items() if key not in {"type", "threads"}}


def _profile_hash(warehouse: Path) -> str:
    """Return dbt's hash of the profile with this warehouse: build_manifest_state_check in dbt's parser."""
    from dbt.adapters.duckdb.credentials import DuckDBCredentials

    settings = DuckDBCredentials.translate_aliases({**_profile(), "path": str(warehouse)})
    credentials = DuckDBCredentials.from_dict(DuckDBCredentials.__pre_deserialize__(settings))
    return hashlib.sha256(pprint.pformat(sorted(credentials.connection_info())).encode()).hexdigest()
