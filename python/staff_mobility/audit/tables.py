"""The tables that the audit writes, as the statistics step has its own: columns, types and grain."""

from __future__ import annotations

from staff_mobility.statistics.tables import NUMBER, TEXT, WHOLE, Table

FINDING = Table(
    "audit_finding",
    ("finding_number",),
    {
        "finding_number": WHOLE,
        "check_key": TEXT,
        "strength": TEXT,
        "verdict": TEXT,
        "place_nb": TEXT,
        "place_en": TEXT,
        "title_nb": TEXT,
        "title_en": TEXT,
        "claim_nb": TEXT,
        "claim_en": TEXT,
        "sentence_nb": TEXT,
        "sentence_en": TEXT,
    },
)

EVIDENCE = Table(
    "audit_evidence",
    ("finding_number", "evidence_key"),
    {
        "finding_number": WHOLE,
        "evidence_key": TEXT,
        "evidence_order": WHOLE,
        "label_nb": TEXT,
        "label_en": TEXT,
        "evidence_value": NUMBER,
        "text_nb": TEXT,
        "text_en": TEXT,
        "unit": TEXT,
    },
)

CONFLICT = Table(
    "audit_conflict",
    ("conflict", "value_id"),
    {"finding_number": WHOLE, "conflict": TEXT, "value_id": TEXT},
)
