"""Layout files: what the files of a source look like, as data.

A layout is a YAML file that `layout.schema.json` beside it describes. Loading checks the schema first and
then what a schema cannot say: that names are unique, answer lists exist, and one raw table has one source.
"""

from __future__ import annotations

import functools
import json
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from staff_mobility.settings import WrongUseError

Format = Literal["csv", "xlsx", "json"]
Sensitivity = Literal["attribute", "quasi_identifier", "identifier", "free_text"]
CellType = Literal["text", "integer", "decimal", "decimal_comma", "date"]


@dataclass(frozen=True)
class Column:
    """One column of a file: the header as it stands there and what becomes of its cells."""

    header: str
    name: str
    sensitivity: Sensitivity
    type: CellType = "text"
    date_format: str | None = None
    required: bool = True
    answers: tuple[str, ...] | None = None
    not_after_extract: bool = False
    pseudonym: str | None = None
    aliases: tuple[str, ...] = ()
    may_be_damaged: bool = False

    @property
    def headers(self) -> tuple[str, ...]:
        """The texts that the header can have, the usual one first."""
        return (self.header, *self.aliases)

    @property
    def is_landed(self) -> bool:
        """Whether the cells are landed as they are."""
        return self.sensitivity in ("attribute", "quasi_identifier")

    @property
    def may_be_shown(self) -> bool:
        """Whether a message may show a cell."""
        return self.sensitivity == "attribute"


@dataclass(frozen=True)
class Table:
    """One table of a file: a sheet of a workbook, all of its sheets stacked, or the whole file."""

    raw_table: str
    columns: tuple[Column, ...]
    sheet: str | None = None
    all_sheets: bool = False
    header_row: int = 1
    first_data_row: int = 2

    @functools.cached_property
    def column_by_key(self) -> dict[str, Column]:
        """The columns by each of their headers, in the form in which headers are compared."""
        return {header_key(header): column for column in self.columns for header in column.headers}

    @property
    def pseudonyms(self) -> dict[str, tuple[Column, ...]]:
        """The identifier columns by the pseudonym that they feed, in the file's column order."""
        feeds: dict[str, list[Column]] = {}
        for column in self.columns:
            if column.pseudonym is not None:
                feeds.setdefault(column.pseudonym, []).append(column)
        return {name: tuple(columns) for name, columns in feeds.items()}


@dataclass(frozen=True)
class Layout:
    """One layout: source, file formats and tables."""

    name: str
    version: int
    source: str
    formats: tuple[Format, ...]
    tables: tuple[Table, ...]
    delimiter: str = ","
    encoding: str = "utf-8"
    publisher: str = ""
    licence: str = ""

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of all tables."""
        return tuple(column for table in self.tables for column in table.columns)

    @property
    def has_identifiers(self) -> bool:
        """Whether landing needs the pseudonym key."""
        return any(column.pseudonym for column in self.columns)


def header_key(text: str) -> str:
    """Return the form in which headers are compared: NFC, blanks and line breaks collapsed."""
    return " ".join(unicodedata.normalize("NFC", text).replace("\ufeff", "").split())


def load_layouts(folder: Path) -> tuple[Layout, ...]:
    """Load all layouts of a folder, ordered by name.

    Raises:
        WrongUseError: A layout is not valid, with the file, the place in it and the reason.
    """
    # Imported here: a validator costs a tenth of a second, and only landing needs one.
    import yaml
    from jsonschema import Draft202012Validator

    schema = json.loads((folder / "layout.schema.json").read_text(encoding="utf-8"))
    validator = Draft202012Validator(schema)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    layouts = []
    for path in sorted(folder.glob("*.yml")):
        try:
            content = yaml.load(path.read_bytes(), Loader=loader)  # noqa: S506 (a safe loader, in C where built)
        except yaml.YAMLError as error:
            raise WrongUseError(f"layouts/{path.name} is not YAML: {error}") from error
        for fault in validator.iter_errors(content):
            place = "/".join(str(part) for part in fault.absolute_path) or "the top"
            raise WrongUseError(f"layouts/{path.name}, at {place}: {fault.message}")
        layouts.append(_checked(parse_layout(content), path.name))
    _check_agreement(layouts)
    return tuple(layouts)


def parse_layout(content: dict[str, Any]) -> Layout:
    """Turn a layout that the schema accepts into a `Layout`."""
    file = content["file"]
    answers = {name: tuple(values) for name, values in content.get("answer_lists", {}).items()}
    return Layout(
        name=content["layout"],
        version=content["version"],
        source=content["source"],
        formats=tuple(file["formats"] if "formats" in file else [file["format"]]),
        delimiter=file.get("delimiter", ","),
        encoding=file.get("encoding", "utf-8"),
        publisher=content["publisher"],
        licence=content["licence"],
        tables=tuple(_parse_table(table, answers) for table in content["tables"]),
    )


def _parse_table(table: dict[str, Any], answers: dict[str, tuple[str, ...]]) -> Table:
    return Table(
        raw_table=table["raw_table"],
        sheet=table.get("sheet"),
        all_sheets="sheets" in table,
        header_row=table.get("header_row", 1),
        first_data_row=table.get("first_data_row", 2),
        columns=tuple(_parse_column(column, answers) for column in table["columns"]),
    )


def _parse_column(column: dict[str, Any], answers: dict[str, tuple[str, ...]]) -> Column:
    allowed = column.get("allowed")
    if allowed is not None and allowed not in answers:
        raise WrongUseError(f"column '{column['name']}': there is no answer list '{allowed}' in the layout")
    return Column(
        header=column["header"],
        name=column["name"],
        sensitivity=column["class"],
        type=column.get("type", "text"),
        date_format=column.get("format"),
        required=column.get("required", True),
        answers=None if allowed is None else answers[allowed],
        not_after_extract="not_after" in column,
        pseudonym=column.get("pseudonym"),
        aliases=tuple(column.get("aliases", ())),
        may_be_damaged="damaged_letters" in column,
    )


def _checked(layout: Layout, file: str) -> Layout:
    for table in layout.tables:
        faults = [
            (
                "header",
                _repeated(header_key(header) for column in table.columns for header in column.headers),
            ),
            ("name", _repeated(column.name for column in table.columns)),
        ]
        for kind, repeated in faults:
            if repeated:
                raise WrongUseError(
                    f"layouts/{file}, {table.raw_table}: the {kind} '{repeated[0]}' stands twice"
                )
        if table.first_data_row <= table.header_row:
            raise WrongUseError(
                f"layouts/{file}, {table.raw_table}: first_data_row must come after header_row"
            )
    return layout


def _check_agreement(layouts: Sequence[Layout]) -> None:
    """Refuse layouts that cannot stand beside each other."""
    if repeated := _repeated(layout.name for layout in layouts):
        raise WrongUseError(f"layouts/: two files call their layout '{repeated[0]}'")
    owner: dict[str, Layout] = {}
    for layout in layouts:
        for table in layout.tables:
            first = owner.setdefault(table.raw_table, layout)
            if first.source != layout.source:
                raise WrongUseError(
                    f"layouts/: {first.name} ({first.source}) and {layout.name} ({layout.source})"
                    f" feed the same raw table '{table.raw_table}', but a raw table has one source"
                )


def _repeated(values: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    return [value for value in values if value in seen or seen.add(value)]  # type: ignore[func-returns-value]
