"""The landing step inside dbt: new files of the drop folder land when dbt opens the warehouse.

So a plain ``dbt build`` is enough after a file was dropped. Named in profiles.yml as a dbt-duckdb plugin.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin
from dbt_common.exceptions import DbtRuntimeError

from staff_mobility.landing.connection import land_into
from staff_mobility.settings import StepError, WrongUseError, load_settings
from staff_mobility.warehouse_file import Patience, connect, remove_spilled, wait_from_environment

SWITCH_ENV = "STAFF_MOBILITY_LANDING"
# Commands that only look (test, show, docs) must neither change the warehouse nor stop at a bad file.
_COMMANDS = frozenset({"build", "run", "retry"})


class Plugin(BasePlugin):
    """Lands the drop folder once per dbt invocation."""

    _is_done = False
    _has_waited = False

    def update_connection_config(self, creds: Any, config: dict[str, Any]) -> None:
        """Wait, before dbt opens the warehouse, for another process that has it open, and say for which.

        dbt's own retries wait without a word and end with DuckDB's.

        Raises:
            DbtRuntimeError: It is still open when the patience has run out.
        """
        if creds.path == ":memory:":
            return
        try:
            # dbt tries again from another thread; the user has waited once by then.
            patience = Patience(0 if self._has_waited else wait_from_environment())
            self._has_waited = True
            with connect(Path(creds.path), patience):
                remove_spilled(Path(creds.path))
        except StepError as error:
            raise DbtRuntimeError(str(error)) from error

    def configure_connection(self, conn: Any) -> None:
        """Land new files on the connection that dbt has opened.

        It is quick when nothing is new: files are known by their hash, which takes a second for some hundred
        megabytes. A table of names and times would save that, and be wrong after a copy that keeps times.

        Raises:
            DbtRuntimeError: A file is refused, or a setting is wrong; dbt then builds nothing.
        """
        if self._is_done or os.environ.get(SWITCH_ENV, "").lower() == "off" or _command() not in _COMMANDS:
            return
        self._is_done = True
        try:
            outcome = land_into(conn, load_settings())
        except (StepError, WrongUseError) as error:
            raise DbtRuntimeError(str(error)) from error
        if outcome.refused:
            messages = "\n".join(f"  {message}" for file in outcome.refused for message in file.messages)
            raise DbtRuntimeError(
                f"Nothing was built, because {len(outcome.refused)} file(s) were refused:\n{messages}"
            )


def _command() -> str:
    """Return the dbt command that runs; ``build`` where dbt does not say."""
    from dbt.flags import get_flags

    return str(getattr(get_flags(), "WHICH", "build"))  # type: ignore[no-untyped-call]
