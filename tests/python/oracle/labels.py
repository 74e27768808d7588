"""Names and labels of reference data, joined to measures under the names that the report tables use."""

import pandas as pd

from oracle.read_extracts import read_seed


def with_labels(rows: pd.DataFrame, seed: str, key: str, names: dict[str, str]) -> pd.DataFrame:
    """Join columns of a seed by its column `key`; names = column of the seed -> column of the report table.

    The key may be renamed too; sort orders become numbers.
    """
    reference = read_seed(seed).rename(columns={key: names.get(key, key)})
    own_key = names.get(key, key)
    wanted = {column: name for column, name in names.items() if column != key}
    reference = reference[[own_key, *wanted]].rename(columns=wanted)
    for name in reference.columns:
        if name.endswith("_sort_order"):
            reference[name] = reference[name].astype(int)
    return rows.merge(reference, on=own_key, how="left", validate="m:1")


def with_purpose(rows: pd.DataFrame) -> pd.DataFrame:
    """Join the labels of the purpose."""
    return with_labels(rows, "questionnaire/purpose", "purpose_key", prefixed("purpose"))


def with_institution(rows: pd.DataFrame) -> pd.DataFrame:
    """Join the names of the institution."""
    names = {
        "short_name": "short_name",
        "name_nb": "institution_name_nb",
        "name_en": "institution_name_en",
    }
    return with_labels(rows, "institutions/institution", "institution_key", names)


def prefixed(prefix: str) -> dict[str, str]:
    """Return the usual label columns of a seed -> their names in report tables."""
    return {
        "label_nb": f"{prefix}_label_nb",
        "label_en": f"{prefix}_label_en",
        "sort_order": f"{prefix}_sort_order",
    }
