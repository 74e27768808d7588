"""Where the project's files are, and the key of the pseudonyms.

Everything here is standard library only: the command line reads it before it imports anything heavy.
"""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from staff_mobility.full_disk import full_disk_explained
from staff_mobility.landing.pseudonyms import KeyChain

PROJECT_ENV = "STAFF_MOBILITY_PROJECT"
WAREHOUSE_ENV = "STAFF_MOBILITY_WAREHOUSE"
EXTRACTS_ENV = "STAFF_MOBILITY_EXTRACTS"
PLAN_ENV = "STAFF_MOBILITY_PLAN"
PUBLISHED_ENV = "STAFF_MOBILITY_PUBLISHED"
KEY_ENV = "STAFF_MOBILITY_KEY"
KEY_FILE_ENV = "STAFF_MOBILITY_KEY_FILE"

MINIMUM_KEY_BYTES = 16
# Begins the line of a key that follows the former one.
NEXT_KEY = "then "


class WrongUseError(Exception):
    """A setting, argument or layout file is wrong; the text says which one and what to do."""


class StepError(Exception):
    """A step did not work for a known reason, which the text says with what to do."""


@dataclass(frozen=True)
class Settings:
    """Absolute paths of one project.

    Relative paths in the environment count from the project's root, as dbt counts them, so that the
    command line and a plain ``dbt build`` mean the same files from any working directory.
    """

    project: Path
    warehouse: Path
    extracts: Path
    analysis_plan: Path

    @property
    def layouts(self) -> Path:
        """Folder of the layout files."""
        return self.project / "layouts"

    @property
    def site(self) -> Path:
        """Folder into which the report site is written."""
        return self.project / "site"

    @property
    def published(self) -> Path:
        """Folder of the publications, beside the warehouse unless STAFF_MOBILITY_PUBLISHED names another."""
        return self.project / os.environ.get(PUBLISHED_ENV, self.warehouse.parent / "published")

    @property
    def difference_page(self) -> Path:
        """The page of `publish --dry-run`; beside the publications, because readers have no use for it."""
        return self.published.with_name(f"{self.published.name}_difference.md")

    @property
    def disclosure_records(self) -> Path:
        """Folder with what the agency keeps of its publications; beside them, because readers must not have it."""
        return self.published.with_name(f"{self.published.name}_disclosure")

    @property
    def results(self) -> Path:
        """Folder into which the verb `fit` writes."""
        return self.project / "results"

    @property
    def replication(self) -> Path:
        """Folder into which the verb `replicate` writes."""
        return self.project / "replication"

    @property
    def target(self) -> Path:
        """Folder of what dbt knows after a run: where DBT_TARGET_PATH says, as dbt itself reads it."""
        return self.project / os.environ.get("DBT_TARGET_PATH", "target")

    @property
    def manifest(self) -> Path:
        """The manifest that dbt writes at every build."""
        return self.target / "manifest.json"

    @property
    def log(self) -> Path:
        """The command line's log, beside dbt's own."""
        return self.project / "logs" / "staff_mobility.log"

    @property
    def key_beside_warehouse(self) -> Path:
        """The file of the pseudonym key that is made when no key is given."""
        return self.warehouse.with_suffix(".key")

    @property
    def gate_results(self) -> Path:
        """Folder of the gate's results, one JSON file per extract."""
        return self.warehouse.with_suffix(".gate")

    def with_warehouse(self, warehouse: Path) -> Settings:
        """Return the same settings with another warehouse file."""
        return replace(self, warehouse=warehouse)


def load_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings from the environment.

    Raises:
        WrongUseError: No ``dbt_project.yml`` is found.
    """
    project = _project_root(environment)
    return Settings(
        project=project,
        warehouse=project / environment.get(WAREHOUSE_ENV, "warehouse/staff_mobility.duckdb"),
        extracts=project / environment.get(EXTRACTS_ENV, "extracts/demo"),
        analysis_plan=project / environment.get(PLAN_ENV, "analysis_plan.yml"),
    )


def _project_root(environment: Mapping[str, str]) -> Path:
    named = environment.get(PROJECT_ENV)
    if named:
        root = Path(named).expanduser().resolve()
        if not (root / "dbt_project.yml").is_file():
            raise WrongUseError(f"{PROJECT_ENV} names {root}, and there is no dbt_project.yml in it.")
        return root
    for start in (Path(__file__).resolve().parent, Path.cwd()):
        for folder in (start, *start.parents):
            if (folder / "dbt_project.yml").is_file():
                return folder
    raise WrongUseError(
        f"No dbt_project.yml above the package or the current folder. Set {PROJECT_ENV} to the project's"
        " folder."
    )


def load_pseudonym_key(settings: Settings, environment: Mapping[str, str] = os.environ) -> KeyChain:
    """Return the secret key of the pseudonyms, with the keys that followed it.

    The order is: the environment, the file that the environment names, the file beside the warehouse. The
    last one is made (32 random bytes, mode 600) with a warning on stderr if it does not exist.

    Raises:
        WrongUseError: A key is shorter than 16 bytes, or its file cannot be read.
    """
    if text := environment.get(KEY_ENV):
        return _parse_chain(text, KEY_ENV)
    path = pseudonym_key_file(settings, environment)
    if environment.get(KEY_FILE_ENV):
        return read_key_file(path, KEY_FILE_ENV)
    if not path.exists():
        _make_key(path)
    return read_key_file(path, "the key beside the warehouse")


def pseudonym_key_file(settings: Settings, environment: Mapping[str, str] = os.environ) -> Path:
    """Return the file of the key, there or not, of a project whose key is not given in the environment itself."""
    if file := environment.get(KEY_FILE_ENV):
        return settings.project / Path(file).expanduser()
    return settings.key_beside_warehouse


def read_key_file(path: Path, origin: str) -> KeyChain:
    """Read a key file: a key, and below it a line ``then <key>`` for each time that it was changed.

    Raises:
        WrongUseError: A key is shorter than 16 bytes, or the file cannot be read.
    """
    try:
        return _parse_chain(path.read_text(encoding="utf-8"), f"{origin}: {path}")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUseError(f"The pseudonym key file {path} ({origin}) cannot be read: {error}") from error


def _parse_chain(text: str, origin: str) -> KeyChain:
    first, *later = text.split(f"\n{NEXT_KEY}")
    return KeyChain(tuple(_parse_key(key, origin) for key in (first, *later)))


def _parse_key(text: str, origin: str) -> bytes:
    text = text.strip()
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = text.encode()
    if len(key) < MINIMUM_KEY_BYTES:
        raise WrongUseError(
            f"The pseudonym key ({origin}) has {len(key)} bytes; at least {MINIMUM_KEY_BYTES} are needed,"
            " or names can be found by trying. Make one with:"
            " python -c 'import secrets; print(secrets.token_hex(32))'"
        )
    return key


def _make_key(path: Path) -> None:
    try:
        if not _write_new_key(path):
            return
    except OSError as error:
        raise StepError(
            full_disk_explained(f"{error.strerror}: '{path}'", path.parent)
            or f"The pseudonym key file {path} cannot be made ({error.strerror}). Make its folder writable,"
            f" or name a key by {KEY_ENV} or {KEY_FILE_ENV}."
        ) from error
    sys.stderr.write(
        f"Warning: a new random pseudonym key was made: {path}\n"
        "  It turns names, e-mail addresses and participant ids into pseudonyms. Whoever has it can\n"
        "  recompute them, and a rebuild finds the same persons again only with the same key. Keep it with\n"
        f"  your other secrets, outside the repository, and name it by {KEY_ENV} or {KEY_FILE_ENV}.\n"
    )


def _write_new_key(path: Path) -> bool:
    """Write a random key; False if another run was quicker.

    It gets its name when it is complete: half a key, after a crash or on a full disk, would be refused for
    ever. The name is given once, so that two runs that start together cannot each believe in a key of their
    own.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    unnamed = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        _name(unnamed, path)
    except FileExistsError:
        return False
    finally:
        unnamed.unlink(missing_ok=True)
    return True


def _name(file: Path, name: Path) -> None:
    try:
        os.link(file, name)
    except FileExistsError:
        raise
    except OSError:
        # A file system without hard links; the lock of the warehouse keeps other runs away.
        file.replace(name)
