"""Three numbers of the report from the published Parquet files, with polars.

pip install polars
python clients/polars_parquet.py warehouse/published
"""

import json
import sys
from pathlib import Path

import polars as pl
from polars import col, lit

# Followed once: all files that are read below it are of one publication, whatever is published meanwhile.
publication = (Path(sys.argv[1]) / "current").resolve()


def mart(name: str) -> pl.LazyFrame:
    """Return a published mart; only the columns that are asked for are read."""
    return pl.scan_parquet(publication / "parquet" / f"{name}.parquet")


def number(name: str, of_what: pl.Expr, value: pl.Expr) -> list[pl.Expr]:
    """Return the columns of all numbers."""
    return [lit(name).alias("number"), of_what.alias("of_what"), value.cast(pl.Float64).alias("value")]


told = json.loads((publication / "manifest.json").read_text(encoding="utf-8"))
itself = pl.LazyFrame({"id": [told["publication_id"]]}).select(number("publication", col("id"), lit(None)))

# Figure 2.6. Who has years of staff and no rate has a hidden one.
rate = (
    mart("mart_usage__institution")
    .filter(col("sector") == "state", col("n_years_with_fte") > 0)
    .select(number("rate", col("institution_key"), col("mobilities_per_100_fte")))
)

# Table 4.5.
beta = (
    mart("mart_statistics__regression_term")
    .filter(col("report_place") == "Table 4.5")
    .select(number("beta", pl.concat_str("outcome_variable", "term", separator=" "), col("beta_std")))
)

# Table T.1.
stays = (
    mart("mart_programme__progress")
    .filter("is_observed")
    .group_by("year")
    .agg(col("n_stays").sum())
    .select(number("stays", col("year").cast(pl.String), col("n_stays")))
)

numbers = pl.concat([itself, rate, beta, stays]).sort("number", "of_what").collect()
sys.stdout.write(numbers.write_csv())
