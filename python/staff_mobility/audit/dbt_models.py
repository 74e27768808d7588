"""What dbt's Python models of the audit call: seeds in, one table of results out."""

from __future__ import annotations

from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from staff_mobility.audit.audit import audited, conflict_rows, evidence_rows, finding_rows
from staff_mobility.audit.seeds import study_of_rows
from staff_mobility.audit.tables import CONFLICT, EVIDENCE, FINDING

if TYPE_CHECKING:
    import pyarrow as pa

_LOCK = Lock()
# A relation as names of columns and rows, so that equal seeds are one key of the cache.
Frozen = tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]


def audit_table(name: str, level: Any, **seeds: Any) -> pa.Table:
    """Return the table of results that a dbt model is named after.

    Args:
        name: Of the model.
        level: Below it a p value is called significant.
        seeds: Relations of the seeds published_value, comparator, institution and institution_cluster.
    """
    frozen = tuple((key, _frozen(relation)) for key, relation in sorted(seeds.items()))
    # dbt builds models side by side in one process: the first computes for all.
    with _LOCK:
        return _tables(float(level), frozen)[name]


@lru_cache(maxsize=1)
def _tables(level: float, seeds: tuple[tuple[str, Frozen], ...]) -> dict[str, pa.Table]:
    rows = {
        key: [dict(zip(columns, row, strict=True)) for row in content] for key, (columns, content) in seeds
    }
    study = study_of_rows(
        rows["published_value"], rows["comparator"], rows["institution"], rows["institution_cluster"], level
    )
    outcomes = audited(study)
    return {
        FINDING.name: FINDING.of(finding_rows(study, outcomes)),
        EVIDENCE.name: EVIDENCE.of(evidence_rows(outcomes)),
        CONFLICT.name: CONFLICT.of(conflict_rows(outcomes)),
    }


def _frozen(relation: Any) -> Frozen:
    ordered = relation.order(", ".join(f'"{column}"' for column in relation.columns))
    return tuple(relation.columns), tuple(ordered.fetchall())
