"""P values corrected for their number, over the families that the plan states."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from staff_mobility.statistics.multiplicity import adjusted


def adjust_families(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows with p_holm and p_benjamini_hochberg added, corrected within their family.

    A row without a family is tested by nobody and stays out; so does one without a p value.
    """
    families: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if row.get("family"):
            families[row["family"]].append(row)
    for members in families.values():
        p_values = [row.get("p_value") for row in members]
        holm, hochberg = adjusted(p_values, "holm"), adjusted(p_values, "fdr_bh")
        for row, one, other in zip(members, holm, hochberg, strict=True):
            row["p_holm"], row["p_benjamini_hochberg"] = one, other
    return rows
