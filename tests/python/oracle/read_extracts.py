"""The demonstration extracts as data frames of text, read by what their layouts say and by nothing else."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

PROJECT = Path(__file__).resolve().parents[3]
EXTRACTS = PROJECT / "extracts" / "demo"
SEEDS = PROJECT / "seeds"

# Which file has which layout is said here by hand, so that a mistake in recognising layouts cannot be shared.
LAYOUT_OF = {
    "synthetic_mobility_tool_calls_2014-2016_2018-06-30.csv": "mobility_tool_participant_report_2014",
    "synthetic_mobility_tool_calls_2017-2020_2021-03-31.csv": "mobility_tool_participant_report_2017",
    "synthetic_mobility_tool_calls_2017-2020_2023-05-31.csv": "mobility_tool_participant_report_2017",
    "synthetic_beneficiary_module_2023-05-31.xlsx": "beneficiary_module_2021",
    "synthetic_coordinator_survey_2023-04-21.xlsx": "coordinator_survey_xlsx",
    "synthetic_coordinator_survey_late_2023-05-12.csv": "coordinator_survey_csv",
    "synthetic_dbh_staff_fte_2014-2018_2023-05-15.json": "dbh_staff_fte_json",
    "synthetic_dbh_staff_fte_2019-2022_2023-05-15.csv": "dbh_staff_fte_csv",
    "synthetic_dbh_position_code_2023-05-15.json": "dbh_position_code_json",
    "synthetic_dbh_institution_2023-05-15.json": "dbh_institution_json",
    "synthetic_institution_profiles_2022-05-09.csv": "institution_profiles_csv",
    "synthetic_eu_mobility_started_2014-2015_2021-05-11.csv": "eu_open_data_mobility_2014_2019",
    "synthetic_eu_mobility_raw_2023-03-15.xlsx": "eu_open_data_mobility_raw",
}
DATE_CODES = {"YYYY": "%Y", "MM": "%m", "DD": "%d"}


def extract_files(folder: Path = EXTRACTS) -> list[Path]:
    """Return every file of a folder, by default the demonstration's, documentation left out."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".md")


def extract_date(path: Path) -> str:
    """Return the day on which the extract was taken: the first ISO date in its name."""
    found = re.search(r"\d{4}-\d{2}-\d{2}", path.name)
    if found is None:
        raise ValueError(f"{path.name}: no date in the file's name")
    return found.group()


def read_seed(name: str) -> pd.DataFrame:
    """Return a seed as text; an empty cell is an empty text (NA is Namibia, not a missing value)."""
    return pd.read_csv(SEEDS / f"{name}.csv", dtype=str, keep_default_na=False)


def records(rows: pd.DataFrame) -> list[dict[str, str]]:
    """Return rows of text as dictionaries."""
    return [{str(name): str(cell) for name, cell in row.items()} for row in rows.to_dict("records")]


def read_all(folder: Path = EXTRACTS) -> dict[str, pd.DataFrame]:
    """Return raw table -> rows of all its files, oldest extract first, in the order of the files' rows."""
    parts: dict[str, list[pd.DataFrame]] = {}
    for path in sorted(extract_files(folder), key=lambda path: (extract_date(path), path.name)):
        for raw_table, frame in read_file(path):
            parts.setdefault(raw_table, []).append(frame)
    return {table: pd.concat(frames, ignore_index=True).fillna("") for table, frames in parts.items()}


def read_file(path: Path) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield (raw table, its rows) for each table of one extract, with canonical names, ISO dates and text."""
    layout = yaml.safe_load((PROJECT / "layouts" / f"{LAYOUT_OF[path.name]}.yml").read_text("utf-8"))
    for table in layout["tables"]:
        parts = [canonical(part, table["columns"]) for part in read_parts(path, layout["file"], table)]
        frame = pd.concat(parts, ignore_index=True)
        named = {
            "file": path.name,
            "extract_date": extract_date(path),
            "system": layout["source"],
            "layout": layout["layout"],
        }
        yield table["raw_table"], frame.assign(**named)


def read_parts(path: Path, file: dict[str, Any], table: dict[str, Any]) -> list[pd.DataFrame]:
    """Return the parts of one table (stacked sheets, or one) under their own headers, every cell as text."""
    if path.suffix == ".json":
        records = json.loads(path.read_text("utf-8"), parse_float=str, parse_int=str)
        return [pd.DataFrame(records).fillna("")]
    rules: dict[str, Any] = {"dtype": str, "keep_default_na": False, "header": table["header_row"] - 1}
    if path.suffix == ".csv":
        parts = [pd.read_csv(path, sep=file["delimiter"], encoding=file["encoding"], **rules)]
    else:
        sheets = pd.read_excel(path, sheet_name=table.get("sheet"), engine="calamine", **rules)
        parts = list(sheets.values()) if isinstance(sheets, dict) else [sheets]
    rows_of_rules = table["first_data_row"] - table["header_row"] - 1
    return [part.iloc[rows_of_rules:].reset_index(drop=True) for part in parts]


def canonical(frame: pd.DataFrame, columns: list[dict[str, Any]]) -> pd.DataFrame:
    """Keep the layout's columns under their canonical names; trim the cells; dates become ISO dates."""
    headers = {
        column["name"]: header
        for column in columns
        for header in [column["header"], *column.get("aliases", [])]
        if header in frame
    }
    kept = [column for column in columns if column["name"] in headers]
    result = pd.DataFrame({name: frame[header].str.strip() for name, header in headers.items()})
    for column in kept:
        if column.get("type") == "date":
            result[column["name"]] = iso_date(result[column["name"]], column["format"])
    return result


def iso_date(cells: pd.Series, written: str) -> pd.Series:
    """Return dates written as in the layout (DD-MM-YYYY ...) as ISO dates; an empty cell stays empty."""
    form = written
    for letters, code in DATE_CODES.items():
        form = form.replace(letters, code)
    return pd.to_datetime(cells.where(cells != ""), format=form).dt.strftime("%Y-%m-%d").fillna("")
