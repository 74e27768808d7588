"""Hand-made answers of the gate, each verdict among them, in the forms of the demonstration extracts."""

from __future__ import annotations

import hashlib
from typing import Any

from staff_mobility.gate.results import (
    CheckResult,
    ExtractRecord,
    FailingRow,
    GateResult,
    Severity,
    Stage,
    Texts,
)

REPORT_TABLE = "mobility_tool_participant_report"
SOURCE_TITLES = {"mobility_tool": {"nb": "Mobility Tool+", "en": "Mobility Tool+"}}


def texts(nb: str, en: str) -> Texts:
    return {"nb": nb, "en": en}


def passed(
    stage: Stage, check: str, nb: str, en: str, n_checked: int, severity: Severity = "block"
) -> CheckResult:
    """A check that passed."""
    return failed(stage, check, nb, en, n_checked, severity=severity, passed=True, n_failing=0)


def failed(stage: Stage, check: str, nb: str, en: str, n_checked: int, **fields: Any) -> CheckResult:
    """A check that failed, unless `fields` say otherwise."""
    given: dict[str, Any] = {
        "column": None,
        "severity": "block",
        "passed": False,
        "n_failing": 1,
        "measured": None,
        "limit": None,
        "message": texts(nb + ".", en + "."),
        "guidance": texts("Rett det.", "Mend it."),
        "rows": (),
        "endangers": (),
    }
    return CheckResult(stage=stage, check=check, n_checked=n_checked, title=texts(nb, en), **(given | fields))


def record(file: str, **fields: Any) -> ExtractRecord:
    """Record of an accepted extract of the Mobility Tool, unless `fields` say otherwise."""
    sha256 = hashlib.sha256(file.encode("utf-8", "surrogatepass")).hexdigest()
    given: dict[str, Any] = {
        "extract_id": sha256[:16],
        "file": file,
        "sha256": sha256,
        "bytes": 1_843_201,
        "rows": 2192,
        "columns": 87,
        "source": "mobility_tool",
        "layout": "mobility_tool_participant_report_2017",
        "layout_version": 1,
        "publisher": "European Commission",
        "licence": "not public",
        "extract_date": "2023-05-31",
        "checked_at": "2023-06-01T07:30:12+00:00",
        "accepted_by": "gate",
        "acceptance_reason": None,
        "rows_by_year": {},
        "previous_extract_id": None,
        "previous_rows_by_year": {},
    }
    return ExtractRecord(**(given | fields))


def file_checks() -> tuple[CheckResult, ...]:
    return (
        passed("file", "file_is_complete", "Filen er hel", "The file is complete", 1),
        passed(
            "file", "file_is_new", "Filen er ikke levert før", "The file has not been delivered before", 1
        ),
        passed("file", "encoding_is_sound", "Tegnsettet er lesbart", "The encoding can be read", 1),
    )


def column_checks(n_columns: int) -> tuple[CheckResult, ...]:
    return (
        passed("columns", "columns_are_there", "Alle kolonner er med", "All columns are there", n_columns),
        passed(
            "columns",
            "columns_stand_once",
            "Ingen kolonne står to ganger",
            "No column stands twice",
            n_columns,
        ),
    )


def shifted_days() -> CheckResult:
    rows = tuple(
        FailingRow(row, REPORT_TABLE, f"2018-1-NO01-KA103-0{38000 + row} / SYN{row:05d}C27", value)
        for row, value in ((212, "31-02-2019"), (498, "2019-30-11"), (1204, "00-05-2019"))
    )
    return failed(
        *("rows", "dates_are_dates", "Datoer som ikke finnes", "Dates that do not exist", 2010),
        column="Start Date",
        n_failing=3,
        limit="none",
        message=texts("3 startdatoer finnes ikke i kalenderen.", "3 start dates are not in the calendar."),
        guidance=texts(
            "Rett datoene i Mobility Tool+, og ta ut filen på nytt.",
            "Correct the dates in Mobility Tool+ and export the file again.",
        ),
        rows=rows,
        endangers=("usage", "outcomes"),
    )


def lost_reports() -> CheckResult:
    rows = tuple(
        FailingRow(row, REPORT_TABLE, f"2018-1-NO01-KA103-0{37000 + row} / SYN{row:05d}A04")
        for row in (77, 78, 91, 140)
    )
    return failed(
        *("history", "no_report_is_gone", "Rapporter er forsvunnet", "Reports are gone", 2192),
        n_failing=182,
        measured=0.917,
        limit="at least 99 %",
        message=texts(
            "182 rapporter fra uttrekket 31. mai 2023 mangler i dette uttrekket, de fleste fra 2018 og 2019.",
            "182 reports of the extract of 31 May 2023 are missing in this extract, most of 2018 and 2019.",
        ),
        guidance=texts(
            "Se etter om uttrekket er begrenset til enkelte prosjekter, og ta det ut uten filter.",
            "See whether the export is limited to some projects, and export without a filter.",
        ),
        rows=rows,
        endangers=("usage", "strategy", "outcomes"),
    )


def unknown_senders(severity: Severity = "warn") -> CheckResult:
    rows = tuple(
        FailingRow(row, REPORT_TABLE, f"2019-1-NO01-KA103-0{40000 + row} / SYN{row:05d}B11", "N  SYNTH99")
        for row in (12, 344, 345, 980, 1720)
    )
    return failed(
        *("rows", "senders_are_known", "Ukjente avsendere", "Unknown senders", 2192),
        column="Sending Organisation Erasmus Code",
        severity=severity,
        n_failing=14,
        limit="at most 0.5 %",
        message=texts(
            "14 rapporter har en Erasmus-kode som ikke er kjent.",
            "14 reports have an Erasmus code that is not known.",
        ),
        guidance=texts(
            "Oppgi hvilken institusjon koden står for, eller rett koden.",
            "Say which institution the code stands for, or correct the code.",
        ),
        rows=rows,
        endangers=("usage", "strategy"),
        rejects_rows=False,
    )


def repeated_reports() -> CheckResult:
    rows = tuple(
        FailingRow(row, REPORT_TABLE, f"2020-1-NO01-KA103-0{70000 + row} / SYN{row:05d}D02")
        for row in (2101, 2102)
    )
    return failed(
        *("rows", "reports_stand_once", "Rapporter som står to ganger", "Reports that stand twice", 2192),
        severity="warn",
        n_failing=2,
        message=texts("2 rader gjentar en rapport ord for ord.", "2 rows repeat a report word for word."),
        guidance=texts("Bekreft at radene er samme rapport.", "Confirm that the rows are one report."),
        rows=rows,
        endangers=("outcomes",),
        rejects_rows=True,
    )


def more_empty_answers() -> CheckResult:
    return failed(
        *(
            "history",
            "answers_are_given",
            "Flere ubesvarte spørsmål enn før",
            "More unanswered questions than before",
            2192,
        ),
        column="3.2 Was the mobility part of an inter-institutional agreement?",
        severity="inform",
        n_failing=96,
        measured=0.044,
        limit="at most 0.03",
        message=texts(
            "4,4 % har ikke svart; forrige gang var det 2,1 %.", "4.4% gave no answer; last time it was 2.1%."
        ),
        guidance=texts(
            "Ingenting å rette; nevn det når tallene omtales.",
            "Nothing to mend; say so where the numbers are discussed.",
        ),
    )


YEARS_OF_2021 = {"2017": 402, "2018": 741, "2019": 610, "2020": 253}
YEARS_OF_2023 = {"2017": 402, "2018": 742, "2019": 613, "2020": 254, "2021": 103, "2022": 78}
YEARS_CUT = {"2017": 402, "2018": 651, "2019": 520, "2020": 254, "2021": 103, "2022": 80}

ACCEPTED = GateResult(
    record(
        "mobility_tool/synthetic_mobility_tool_calls_2017-2020_2021-03-31.csv",
        rows=2006,
        bytes=1_671_330,
        extract_date="2021-03-31",
        checked_at="2021-04-06T06:58:40+00:00",
        rows_by_year=YEARS_OF_2021,
    ),
    (
        *file_checks(),
        *column_checks(87),
        passed("rows", "dates_are_dates", "Alle datoer finnes", "All dates exist", 2006),
        passed("rows", "senders_are_known", "Kjente avsendere", "Known senders", 2006, "warn"),
    ),
)
WARNED = GateResult(
    record(
        "mobility_tool/synthetic_mobility_tool_calls_2017-2020_2023-05-31.csv",
        rows_by_year=YEARS_OF_2023,
        previous_extract_id=ACCEPTED.record.extract_id,
        previous_rows_by_year=YEARS_OF_2021,
    ),
    (
        *file_checks(),
        *column_checks(87),
        passed("rows", "dates_are_dates", "Alle datoer finnes", "All dates exist", 2192),
        more_empty_answers(),
        unknown_senders(),
        repeated_reports(),
        passed("history", "no_report_is_gone", "Ingen rapport er forsvunnet", "No report is gone", 2006),
    ),
)
REFUSED = GateResult(
    record(
        "mobility_tool/synthetic_mobility_tool_calls_2017-2020_2023-09-30.csv",
        rows=2010,
        bytes=1_690_118,
        extract_date="2023-09-30",
        checked_at="2023-10-02T08:14:03+00:00",
        accepted_by=None,
        rows_by_year=YEARS_CUT,
        previous_extract_id=WARNED.record.extract_id,
        previous_rows_by_year=YEARS_OF_2023,
    ),
    (
        *file_checks(),
        *column_checks(87),
        unknown_senders(),
        shifted_days(),
        passed(
            "rows",
            "reports_stand_once",
            "Hver rapport står én gang",
            "Every report stands once",
            2010,
            "warn",
        ),
        lost_reports(),
    ),
)
OTHER_SOURCE = GateResult(
    record(
        "dbh/synthetic_dbh_staff_fte_2019-2022_2023-05-15.csv",
        rows=2764,
        bytes=214_906,
        columns=9,
        source="dbh",
        layout="dbh_staff_fte_csv",
        publisher="HK-dir",
        licence="NLOD 2.0",
        extract_date="2023-05-15",
        checked_at="2023-06-01T07:30:09+00:00",
    ),
    (
        *file_checks(),
        *column_checks(9),
        passed("rows", "numbers_are_numbers", "Alle tall er tall", "All numbers are numbers", 2764),
    ),
)
UNREADABLE = GateResult(
    record(
        "synthetic_notes.csv",
        bytes=12,
        **dict.fromkeys(
            (
                "rows",
                "columns",
                "source",
                "layout",
                "layout_version",
                "publisher",
                "licence",
                "extract_date",
                "accepted_by",
            )
        ),
        checked_at="2023-06-01T07:30:01+00:00",
    ),
    (
        failed(
            *("file", "file_is_recognised", "Ukjent fil", "Unknown file", 1),
            message=texts("Ingen filoppsett passer.", "No layout fits."),
            guidance=texts(
                "Si hva slags fil dette er, og ta den ut på nytt med overskriftsrad.",
                "Say what kind of file this is, and export it again with its header row.",
            ),
            endangers=("usage", "strategy", "outcomes", "open_data"),
        ),
    ),
)
RESULTS = (REFUSED, WARNED, ACCEPTED, OTHER_SOURCE, UNREADABLE)

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def hostile_result() -> GateResult:
    """An extract whose every word is an attack: markup, a right-to-left override, controls, great length."""
    words = f"{HOSTILE}\u202egpj.exe\x00\x1b[31m\x7f\u2028\U000e0041\ud800{{{{ 7*7 }}}}\"'>"
    both = texts(words, words)
    check = failed(
        *("rows", words, words, words, 1),
        column=words,
        limit=words,
        message=both,
        guidance=both,
        rows=(FailingRow(1, "table", words, words + "x" * 5000),),
        endangers=("usage",),
    )
    file = f"a\n{words}/{words}" + "y" * 5000 + "_2023-05-31.csv"
    hostile = record(
        file,
        publisher=words,
        licence=words,
        accepted_by=words,
        acceptance_reason=words,
        rows_by_year={"2020": 1},
    )
    return GateResult(hostile, (check,))
