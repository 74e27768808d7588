"""The marts that may be published, as dbt's manifest describes them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from staff_mobility.settings import StepError, WrongUseError

# Tests that say what a row is; every mart has one of them.
_KEY_TESTS = ("unique", "unique_combination")
_MARK = "audience"
_STATEMENT = "disclosure"


class Audience(StrEnum):
    """For whom a mart is published.

    A mart names it in `config.meta.audience`. One that names none stays inside: what is forgotten must not get out.
    """

    PUBLIC = "public"
    ANALYST = "analyst"


@dataclass(frozen=True)
class Column:
    """One column of a mart; labels are empty where the seed of labels has none."""

    name: str
    description: str
    label_nb: str = ""
    label_en: str = ""


@dataclass(frozen=True)
class Mart:
    """One mart that may be published.

    Attributes:
        name: Name of the model, and of the published table.
        schema: Where the working warehouse has it.
        relation: Its name there.
        audience: Who may have it.
        description: As dbt shows it, English.
        keys: Columns that tell its rows apart.
        columns: In the order of the contract.
        disclosure: What it says of its cells, see `suppression.statement`; None if it says nothing.
    """

    name: str
    schema: str
    relation: str
    audience: Audience
    description: str
    keys: tuple[str, ...]
    columns: tuple[Column, ...]
    disclosure: Mapping[str, Any] | None = None

    @property
    def place(self) -> str:
        """Where its rows are in the attached working warehouse, quoted for SQL."""
        return ".".join(quoted(part) for part in (WORKING, self.schema, self.relation))


# Under this name the working warehouse is attached.
WORKING = "working"


def read_marts(manifest: Path, labels: Mapping[str, Mapping[str, str]]) -> tuple[Mart, ...]:
    """Return the marts of dbt's manifest that name an audience, by name.

    Args:
        manifest: dbt's manifest.
        labels: Labels of columns by column and language.

    Raises:
        WrongUseError: There is no manifest, or a mark is none that is known.
        StepError: The manifest cannot be read, or a mart has no key.
    """
    if not manifest.is_file():
        raise WrongUseError(f"There is no {manifest} to read. Run: staff-mobility build")
    try:
        content = json.loads(manifest.read_text(encoding="utf-8"))
        nodes: Mapping[str, Any] = content["nodes"]
    except (ValueError, KeyError, TypeError) as error:
        raise StepError(
            f"{manifest}: this is no dbt manifest ({error}). Run: staff-mobility build"
        ) from error
    keys = dict(_keys(nodes.values()))
    marts = [_mart(node, keys.get(name, ()), labels) for name, node in nodes.items() if _mark(node)]
    return tuple(sorted(marts, key=lambda mart: mart.name))


def quoted(identifier: str) -> str:
    """Return a name as SQL writes it."""
    return '"' + identifier.replace('"', '""') + '"'


def text(value: str) -> str:
    """Return a text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"


def names(columns: Sequence[str]) -> str:
    """Return names as SQL lists them."""
    return ", ".join(quoted(column) for column in columns)


def _meta(node: Mapping[str, Any]) -> Mapping[str, Any]:
    return (node.get("config") or {}).get("meta") or {}


def _mark(node: Mapping[str, Any]) -> str | None:
    if node.get("resource_type") != "model":
        return None
    mark = _meta(node).get(_MARK)
    if mark is not None and mark not in set(Audience):
        raise WrongUseError(
            f"{node['name']}: `{_MARK}` in the model's config.meta is {mark!r}; use {' or '.join(Audience)}."
        )
    return mark


def _mart(node: Mapping[str, Any], keys: Sequence[str], labels: Mapping[str, Mapping[str, str]]) -> Mart:
    name = str(node["name"])
    if not keys:
        raise StepError(
            f"{name}: no test says what a row is; add unique or unique_combination beside the model."
        )
    columns = tuple(
        Column(
            str(column["name"]),
            " ".join(str(column.get("description") or "").split()),
            labels.get(column["name"], {}).get("nb", ""),
            labels.get(column["name"], {}).get("en", ""),
        )
        for column in node["columns"].values()
    )
    return Mart(
        name,
        str(node["schema"]),
        str(node.get("alias") or name),
        Audience(str(_mark(node))),
        str(node.get("description") or "").strip(),
        tuple(keys),
        columns,
        _meta(node).get(_STATEMENT),
    )


def _keys(nodes: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    for node in nodes:
        test = node.get("test_metadata") or {}
        if test.get("name") in _KEY_TESTS and node.get("attached_node"):
            arguments = test["kwargs"]
            columns = arguments.get("columns") or [arguments["column_name"]]
            yield node["attached_node"], (*columns, *(arguments.get("nullable_columns") or ()))
