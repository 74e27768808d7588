"""What the page of one extract shows, in one language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from staff_mobility.gate.pages_letter import letter
from staff_mobility.gate.pages_record import record_facts, years_table
from staff_mobility.gate.pages_text import TEXTS, count_text, file_name
from staff_mobility.gate.results import AREAS, LANGUAGES, STAGES, CheckResult, GateResult
from staff_mobility.report.catalogue import SourceTitles
from staff_mobility.report.formats import MISSING, Style, format_number
from staff_mobility.report.tables import Cell, Heading, Table

ROWS_SHOWN = 50
REASONS_SHOWN = 5


@dataclass(frozen=True)
class AreaView:
    """What the marts of one area are worth, and the failing checks that say so."""

    title: str
    usability: str
    text: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class FailureView:
    """One failing check; `facts` are pairs of a name and a text, `rows` is None where no rows are known."""

    anchor: str
    check: CheckResult
    facts: tuple[tuple[str, str], ...]
    rows_title: str
    rows: Table | None


@dataclass(frozen=True)
class CheckLine:
    """One check in the list of all; `anchor` leads to what it found, None if it passed."""

    check: CheckResult
    outcome: str
    anchor: str | None
    n_checked: str
    n_failing: str


@dataclass(frozen=True)
class StageView:
    """The checks of one stage, or `note`, which says why there are none."""

    stage: str
    title: str
    count: str
    note: str
    lines: tuple[CheckLine, ...]


@dataclass(frozen=True)
class ExtractView:
    """The whole page in one language; `letters` is the letter to the supplier by language, own one first."""

    language: str
    texts: Mapping[str, str]
    result: GateResult
    file: str
    sentence: str
    reasons: tuple[FailureView, ...]
    n_more_reasons: int
    areas: tuple[AreaView, ...]
    letters: Mapping[str, str]
    failures: tuple[FailureView, ...]
    stages: tuple[StageView, ...]
    facts: tuple[tuple[str, str], ...]
    years: Table | None

    @property
    def has_reasons(self) -> bool:
        """True when any area is endangered."""
        return any(area.reasons for area in self.areas)


def extract_view(result: GateResult, titles: SourceTitles, language: str) -> ExtractView:
    """Make the page's content in one language from a result that is `displayable`."""
    failures = tuple(
        _failure(check, f"{language}-check-{number}", language)
        for number, check in enumerate(result.failures, start=1)
    )
    languages = (language, *(other for other in LANGUAGES if other != language))
    return ExtractView(
        language=language,
        texts=TEXTS[language],
        result=result,
        file=file_name(result.record.file),
        sentence=_sentence(result, language),
        reasons=failures[:REASONS_SHOWN],
        n_more_reasons=len(failures[REASONS_SHOWN:]),
        areas=tuple(_areas(result, language)),
        letters={each: letter(result, each) for each in languages} if _asks(result) else {},
        failures=failures,
        stages=tuple(_stages(result, failures, language)),
        facts=tuple((name, text) for name, text in record_facts(result, titles, language) if text),
        years=years_table(result, language) if result.record.rows_by_year else None,
    )


def _asks(result: GateResult) -> bool:
    """Tell whether the supplier is asked anything: information alone is no question."""
    return any(check.severity != "inform" for check in result.failures)


def counts(result: GateResult) -> dict[str, int]:
    """Count the checks, and the failing ones by severity."""
    of_severity = [check.severity for check in result.failures]
    return {
        "checks": len(result.checks),
        "blocks": of_severity.count("block"),
        "warnings": of_severity.count("warn"),
        "informs": of_severity.count("inform"),
    }


def _sentence(result: GateResult, language: str) -> str:
    numbers, record = counts(result), result.record
    reason = "because_all_passed"
    if result.verdict == "refused":
        reason = "because_blocked" if numbers["blocks"] else "because_refused"
    elif numbers["blocks"]:
        reason = "because_overruled"
    elif numbers["warnings"]:
        reason = "because_warned"
    elif numbers["informs"]:
        reason = "because_informed"
    return TEXTS[language][reason].format(
        person=record.accepted_by, reason=record.acceptance_reason, **numbers
    )


def _areas(result: GateResult, language: str) -> Iterator[AreaView]:
    texts, usability = TEXTS[language], result.usability
    for area in AREAS:
        reasons = [
            check.title[language]
            for check in result.failures
            if area in check.endangers and check.severity != "inform"
        ]
        word = usability[area]
        yield AreaView(texts[f"area_{area}"], word, texts[f"usability_{word}"], tuple(dict.fromkeys(reasons)))


def _failure(check: CheckResult, anchor: str, language: str) -> FailureView:
    texts = TEXTS[language]
    shown = check.rows[:ROWS_SHOWN]
    n_failing = max(check.n_failing, len(check.rows))
    title = texts["failing_rows" if len(shown) == n_failing else "failing_rows_first"].format(
        count=count_text(len(shown), language), failing=count_text(n_failing, language)
    )
    facts = (
        (texts["column"], check.column or ""),
        (texts["stage"], texts[f"stage_{check.stage}"]),
        (texts["failing_of"], _share_of(check, language)),
        (texts["measured"], "" if check.measured is None else _measure(check.measured, language)),
        (texts["limit"], check.limit or ""),
    )
    return FailureView(
        anchor=anchor,
        check=check,
        facts=tuple((name, text) for name, text in facts if text),
        rows_title=title,
        rows=_rows(check, language) if shown else None,
    )


def _share_of(check: CheckResult, language: str) -> str:
    texts = TEXTS[language]
    numbers = {
        "failing": count_text(check.n_failing, language),
        "checked": count_text(check.n_checked, language),
    }
    if not check.n_checked:
        return texts["count_of_none"].format(**numbers)
    share = format_number(check.n_failing / check.n_checked, Style.PERCENT, language)
    return texts["count_of"].format(share=share, **numbers)


def _measure(measured: float, language: str) -> str:
    """Write a number of any kind: whole where it is, else to two decimals, or four where it is below one."""
    if measured == int(measured):
        return format_number(int(measured), Style.WHOLE, language)
    return format_number(measured, Style.DECIMAL if abs(measured) >= 1 else Style.SMALL_DECIMAL, language)


def _rows(check: CheckResult, language: str) -> Table:
    """Row number, then table, report and value where there are any."""
    texts, shown = TEXTS[language], check.rows[:ROWS_SHOWN]
    columns = {
        "row": True,
        "table": len({row.table for row in shown}) > 1,
        "report_key": any(row.report is not None for row in shown),
        "value": any(row.shown is not None for row in shown),
    }
    kept = [name for name, is_kept in columns.items() if is_kept]
    lines = []
    for row in shown:
        texts_of = {
            "row": MISSING if row.row is None else str(row.row),
            "table": row.table,
            "report_key": row.report or "",
            "value": texts["not_shown"] if row.shown is None else row.shown,
        }
        lines.append(tuple(Cell(texts_of[name], name == "row") for name in kept))
    return Table((tuple(Heading(texts[name], name == "row") for name in kept),), tuple(lines))


def _stages(result: GateResult, failures: Sequence[FailureView], language: str) -> Iterator[StageView]:
    texts = TEXTS[language]
    # By identity: two checks may be equal.
    anchor_of = {id(failure.check): failure.anchor for failure in failures}
    is_blocked = False
    for stage in STAGES:
        checks = [check for check in result.checks if check.stage == stage]
        lines = tuple(_line(check, anchor_of.get(id(check)), language) for check in checks)
        failing = sum(not check.passed for check in checks)
        count = texts["n_checks"].format(checks=len(checks), failing=failing) if checks else ""
        note = texts["stage_not_reached" if is_blocked else "stage_without_checks"]
        yield StageView(stage, texts[f"stage_{stage}"], count, "" if checks else note, lines)
        is_blocked |= any(check.severity == "block" and not check.passed for check in checks)


def _line(check: CheckResult, anchor: str | None, language: str) -> CheckLine:
    return CheckLine(
        check=check,
        outcome=TEXTS[language]["outcome_passed" if check.passed else f"severity_{check.severity}"],
        anchor=anchor,
        n_checked=count_text(check.n_checked, language),
        n_failing=count_text(check.n_failing, language),
    )
