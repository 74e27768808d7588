"""A file store for Great Expectations whose files are whole: a full disk or a kill leaves the former one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from great_expectations.data_context.store.tuple_store_backend import TupleFilesystemStoreBackend

from staff_mobility.gate.result_files import write_atomically


class WholeFileStoreBackend(TupleFilesystemStoreBackend):
    """Writes beside the place of a file and puts it there in one step; the parent writes in place.

    A suite that was cut off half-way would stop every later run, because it is read before it is written anew.
    """

    def _set(self, key: Any, value: str | bytes, **kwargs: Any) -> str:  # type: ignore[override]
        parts = key if isinstance(key, tuple) else key.to_tuple()
        place = self._convert_key_to_filepath(parts)  # type: ignore[no-untyped-call]
        path = Path(self.full_base_directory) / place
        write_atomically(path, value if isinstance(value, str) else value.decode("utf-8"))
        return str(path)
