"""Results in a folder: one Parquet and one csv file per table; and what differs between two such folders."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from staff_mobility.leftovers import swap, workplace
from staff_mobility.settings import WrongUseError
from staff_mobility.statistics.tables import CORRELATION, GROUP_DIFFERENCE, REGRESSION_TERM, ROBUSTNESS, RUN

DIFFERENCE = "difference.csv"
# What is compared: the column of the estimate by table; the terms of a table that has none are one.
_ESTIMATES: Mapping[str, str] = {
    CORRELATION.name: "pearson_r",
    GROUP_DIFFERENCE.name: "f_value",
    REGRESSION_TERM.name: "beta_std",
    ROBUSTNESS.name: "estimate",
}
_KEYS = ["table", "analysis_id", "term", "method"]


def write_results(results: Mapping[str, pa.Table], out: Path) -> None:
    """Write all tables; a folder that holds results already is replaced when all are written.

    Raises:
        WrongUseError: The folder holds something else than results.
    """
    if out.exists() and any(out.iterdir()) and not (out / f"{RUN.name}.parquet").is_file():
        raise WrongUseError(f"{out}: holds files that are no results; name an empty folder.")
    out.parent.mkdir(parents=True, exist_ok=True)
    with workplace(out.parent, out.name) as folder:
        made = folder / "made"
        made.mkdir()
        for name, table in results.items():
            pyarrow.parquet.write_table(table, made / f"{name}.parquet")
            pyarrow.csv.write_csv(table, made / f"{name}.csv")
        swap(made, out, folder / "former")


def compare(before: Path, after: Mapping[str, pa.Table]) -> pd.DataFrame:
    """Return the estimates that differ between former results and these, largest difference first.

    Columns: table, analysis_id, term, method, change (new, gone, changed), estimate, p_value and
    n_observations before and after, difference.

    Raises:
        WrongUseError: The folder holds no results.
    """
    old = _estimates({name: _read(before, name) for name in _ESTIMATES})
    new = _estimates({name: after[name] for name in _ESTIMATES})
    joined = old.merge(new, on=_KEYS, how="outer", suffixes=("_before", "_after"), indicator="change")
    joined["change"] = joined["change"].map({"left_only": "gone", "right_only": "new", "both": "changed"})
    joined["difference"] = joined["estimate_after"] - joined["estimate_before"]
    same = (joined["change"] == "changed") & _equal(joined, "estimate") & _equal(joined, "p_value")
    listed = joined.assign(size=joined["difference"].abs())[~same]
    return listed.sort_values(["size", *_KEYS], ascending=[False, True, True, True, True]).drop(
        columns="size"
    )


def _read(folder: Path, name: str) -> pa.Table:
    file = folder / f"{name}.parquet"
    if not file.is_file():
        raise WrongUseError(f"{folder}: holds no {file.name}, so it is no folder of results.")
    return pyarrow.parquet.read_table(file)


def _estimates(results: Mapping[str, pa.Table]) -> pd.DataFrame:
    parts = []
    for name, column in _ESTIMATES.items():
        table = results[name].to_pandas()
        # A column without any value comes back as one of objects.
        numbers = {"estimate": column, "p_value": "p_value", "n_observations": "n_observations"}
        made: dict[str, Any] = {"table": name, "analysis_id": table["analysis_id"]}
        made |= {key: table[source].astype(float) for key, source in numbers.items()}
        for key in ("term", "method"):
            made[key] = table.get(key, "")
        parts.append(pd.DataFrame(made))
    return pd.concat(parts, ignore_index=True)


def _equal(joined: pd.DataFrame, column: str) -> pd.Series:
    before, after = joined[f"{column}_before"], joined[f"{column}_after"]
    return (before == after) | (before.isna() & after.isna())
