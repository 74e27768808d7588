"""The stewards' corrections, applied to the rows as delivered."""

import pandas as pd

from oracle.read_extracts import read_seed, records

# What names a row, joined by strokes.
REPORT = ("project_code", "mobility_id")
KEYS = {
    "mobility_tool__participant_report": REPORT,
    "beneficiary_module__mobility": REPORT,
    "beneficiary_module__participant_report": REPORT,
    "dbh__staff_fte": ("year", "institution_code", "department_code", "position_code"),
    "dbh__institution": ("institution_code",),
    "dbh__position_code": ("position_code",),
    "institution_profiles__indicator_value": ("institution_code", "indicator_code", "year"),
    "coordinator_survey__answer": ("respondent_id", "question_text"),
}


def corrected(raw: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the tables with every cell mended that holds the value which its correction expects."""
    delivered = {table: rows.copy() for table, rows in raw.items()}
    for stated in records(read_seed("corrections/source_correction")):
        if stated["status"] in ("active", "mended"):
            table, column = stated["source_table"], stated["column_name"]
            keys = raw[table][list(KEYS[table])].agg("/".join, axis=1)
            wrong = (keys == stated["row_key"]) & (raw[table][column] == stated["expected_value"])
            delivered[table].loc[wrong, column] = stated["corrected_value"]
    return delivered
