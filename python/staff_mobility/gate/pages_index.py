"""What the list of all extracts shows, in one language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from staff_mobility.gate.pages_extract import counts
from staff_mobility.gate.pages_text import TEXTS, count_text, day_text, file_name, source_text
from staff_mobility.gate.pages_trends import EXTRACTS_SHOWN, SourceView, source_views
from staff_mobility.gate.results import GateResult
from staff_mobility.report.catalogue import SourceTitles


@dataclass(frozen=True)
class ExtractLine:
    """One extract in the list."""

    extract_id: str
    file: str
    source: str
    day: str
    rows: str
    verdict: str
    answer: str
    n_blocks: int
    n_warnings: int
    n_informs: int


@dataclass(frozen=True)
class IndexView:
    """The whole list in one language."""

    language: str
    texts: Mapping[str, str]
    counts: str
    lines: tuple[ExtractLine, ...]
    trends_lead: str
    sources: tuple[SourceView, ...]
    without_trend: str


def newest_first(results: Sequence[GateResult]) -> list[GateResult]:
    """Order results by extract date, those without one first, then by the time of the check and the file."""
    named = sorted(results, key=lambda result: (result.record.file, result.record.extract_id))
    return sorted(
        named,
        key=lambda result: (
            result.record.extract_date is None,
            result.record.extract_date or "",
            result.record.checked_at,
        ),
        reverse=True,
    )


def index_view(results: Sequence[GateResult], titles: SourceTitles, language: str) -> IndexView:
    """Make the list in one language from results that are `displayable`, in any order."""
    texts, ordered = TEXTS[language], newest_first(results)
    sources = source_views(ordered, titles, language)
    single = ", ".join(source.title for source in sources if not source.trends)
    verdicts = [result.verdict for result in ordered]
    return IndexView(
        language=language,
        texts=texts,
        counts=texts["index_counts"].format(
            extracts=len(ordered),
            accepted=verdicts.count("accepted"),
            warned=verdicts.count("accepted_with_warnings"),
            refused=verdicts.count("refused"),
        ),
        lines=tuple(_line(result, titles, language) for result in ordered),
        trends_lead=texts["trends_lead"].format(count=EXTRACTS_SHOWN),
        sources=tuple(source for source in sources if source.trends),
        without_trend=texts["trend_single"].format(sources=single) if single else "",
    )


def _line(result: GateResult, titles: SourceTitles, language: str) -> ExtractLine:
    record, numbers = result.record, counts(result)
    return ExtractLine(
        extract_id=record.extract_id,
        file=file_name(record.file),
        source=source_text(record.source, titles, language),
        day=day_text(record.extract_date, language),
        rows=count_text(record.rows, language),
        verdict=result.verdict,
        answer=TEXTS[language][f"verdict_{result.verdict}"],
        n_blocks=numbers["blocks"],
        n_warnings=numbers["warnings"],
        n_informs=numbers["informs"],
    )
