"""What the agency keeps of a publication for itself.

Which values are hidden and why, and the counts that the next publication must not give away:

    <published>_disclosure/
      <content id>_hidden.csv       a row per hidden value: mart, key, column, rule
      <content id>_counts.json      the finest counts of all groups of marts, and which cells were sensitive
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from staff_mobility.publish.suppression.edits import Key
from staff_mobility.publish.suppression.linked_tables import Cell
from staff_mobility.publish.suppression.primary import Rule

_HIDDEN, _COUNTS = "_hidden.csv", "_counts.json"
_OWN_EYES = 0o600


@dataclass(frozen=True)
class KeptCounts:
    """One group of marts as it was published.

    Attributes:
        source: Mart whose rows are counted.
        atoms: Dimensions and counts.
        protected: Sensitive cells.
        statements: What each mart said of its counts, and its keys.
    """

    source: str
    atoms: pd.DataFrame
    protected: frozenset[Cell]
    statements: Mapping[str, tuple[Mapping[str, Any], tuple[str, ...]]]


@dataclass(frozen=True)
class AgencyRecord:
    """What is kept of one publication.

    Attributes:
        hidden: Mart, key, column and rule of every hidden value.
        keys: Key columns by mart.
        counts: Groups of marts.
    """

    hidden: tuple[tuple[str, Key, str, Rule], ...]
    keys: Mapping[str, tuple[str, ...]]
    counts: tuple[KeptCounts, ...]

    def write(self, folder: Path, content_id: str) -> Path:
        """Write the record of a content; return the file with the hidden values."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{content_id}{_HIDDEN}"
        _write(file, _csv(self._rows()))
        _write(folder / f"{content_id}{_COUNTS}", json.dumps([_as_json(each) for each in self.counts]))
        return file

    def _rows(self) -> Iterable[Sequence[str]]:
        yield "mart", "key", "column", "rule"
        for mart, key, column, rule in self.hidden:
            named = dict(zip(self.keys[mart], (str(part) for part in key), strict=True))
            yield mart, json.dumps(named, ensure_ascii=False), column, str(rule)


def read_counts_of(folder: Path, content_id: str) -> tuple[KeptCounts, ...] | None:
    """Return the groups of marts of a former publication, None if nothing is kept of it."""
    file = folder / f"{content_id}{_COUNTS}"
    if not file.is_file():
        return None
    return tuple(_from_json(each) for each in json.loads(file.read_text(encoding="utf-8")))


def forget_others(folder: Path, content_ids: Iterable[str]) -> None:
    """Remove the records of publications that are gone."""
    kept = {f"{content_id}{ending}" for content_id in content_ids for ending in (_HIDDEN, _COUNTS)}
    for ending in (_HIDDEN, _COUNTS):
        for file in folder.glob(f"*{ending}"):
            if file.name not in kept:
                file.unlink()


def _write(file: Path, content: str) -> None:
    unnamed = file.with_name(f".{file.name}.part")
    unnamed.touch(mode=_OWN_EYES)
    unnamed.write_text(content, encoding="utf-8", newline="")
    unnamed.replace(file)


def _csv(rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _as_json(kept: KeptCounts) -> dict[str, Any]:
    return {
        "source": kept.source,
        "atoms": json.loads(kept.atoms.to_json(orient="split", index=False, double_precision=15)),
        "protected": [[cell.mart, list(cell.key), cell.column] for cell in sorted(kept.protected, key=str)],
        "statements": {name: [said, list(keys)] for name, (said, keys) in kept.statements.items()},
    }


def _from_json(content: Mapping[str, Any]) -> KeptCounts:
    return KeptCounts(
        content["source"],
        pd.DataFrame(content["atoms"]["data"], columns=content["atoms"]["columns"]),
        frozenset(Cell(mart, tuple(key), column) for mart, key, column in content["protected"]),
        {name: (said, tuple(keys)) for name, (said, keys) in content["statements"].items()},
    )
