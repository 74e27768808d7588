"""Three numbers of the report from the published Parquet files, with pandas.

pip install pandas pyarrow
python clients/pandas_parquet.py warehouse/published
"""

import json
import sys
from pathlib import Path

import pandas as pd

# Followed once: all files that are read below it are of one publication, whatever is published meanwhile.
publication = (Path(sys.argv[1]) / "current").resolve()


def mart(name: str) -> pd.DataFrame:
    """Read a published mart."""
    return pd.read_parquet(publication / "parquet" / f"{name}.parquet")


told = json.loads((publication / "manifest.json").read_text(encoding="utf-8"))
itself = pd.Series({told["publication_id"]: None}, dtype="float64")

# Figure 2.6. Who has years of staff and no rate has a hidden one.
usage = mart("mart_usage__institution")
shown = usage[(usage["sector"] == "state") & (usage["n_years_with_fte"] > 0)]
rate = shown.set_index("institution_key")["mobilities_per_100_fte"]

# Table 4.5.
terms = mart("mart_statistics__regression_term").query("report_place == 'Table 4.5'")
beta = terms.set_index(terms["outcome_variable"] + " " + terms["term"])["beta_std"]

# Table T.1.
stays = mart("mart_programme__progress").query("is_observed").groupby("year")["n_stays"].sum()
stays.index = stays.index.astype(str)

numbers = pd.concat(
    {"beta": beta, "publication": itself, "rate": rate, "stays": stays.astype(float)},
    names=["number", "of_what"],
)
numbers.rename("value").to_csv(sys.stdout)
