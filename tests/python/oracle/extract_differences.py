"""What each extract of reports changed against the one before it that covers the same call."""

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

import pandas as pd

from oracle.persons import identifiers
from oracle.read_extracts import read_seed, records
from oracle.versions import Days, country_codes, covering_days, delivered_reports

MOST_CHANGED = 5
PLAIN = (
    *("activity_type", "is_combined", "has_mobility_agreement", "sharing_plans", "duration_days"),
    *("sending_pic", "sending_oid", "sending_name", "start_date", "end_date", "submitted_date"),
)


@dataclass(frozen=True)
class Report:
    """A report as one extract holds it: the cells that are compared, by column."""

    system: str
    file: str
    day: str
    key: str
    call: int
    year: int
    cells: dict[str, str]


def held_reports(raw: dict[str, pd.DataFrame]) -> tuple[list[Report], Days]:
    """Return each file's outgoing stays with a report, once each, and the days on which calls are covered."""
    rows = delivered_reports(raw)
    held = rows[rows["out_of_scope"] == ""].drop_duplicates(["file", "report_key"], keep="last")
    compared = comparable(held)
    found = [
        Report(
            row["system"],
            row["file"],
            row["extract_date"],
            row["report_key"],
            int(row["call"]),
            int(row["start_date"][:4]),
            cells,
        )
        for row, cells in zip(records(held), records(compared), strict=True)
    ]
    return found, covering_days(rows)


def comparable(held: pd.DataFrame) -> pd.DataFrame:
    """Return the compared columns in the form in which two spellings of one thing are the same."""
    questions = [
        *read_seed("questionnaire/motive")["question_key"],
        *read_seed("questionnaire/outcome_item")["item_key"],
    ]
    cells = held[[*PLAIN, *questions]].copy()
    codes = country_codes()
    for column in ("sending_country", "receiving_country"):
        cells[column] = held[column].map(codes)
    cells["sending_erasmus_code"] = (
        held["sending_erasmus_code"].str.replace(r"\s", "", regex=True).str.upper()
    )
    return pd.concat([cells, identifiers(held)], axis=1)


def compared_reports(raw: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return one row per extract and report that it holds or no longer holds, with what it did to it."""
    reports, days = held_reports(raw)
    on_day: dict[tuple[str, str], dict[str, Report]] = {}
    for report in reports:
        on_day.setdefault((report.system, report.day), {})[report.key] = report
    rows = []
    for report in reports:
        earlier = [day for day in days[report.system, report.call] if day < report.day]
        versions = [on_day[report.system, day].get(report.key) for day in earlier]
        known = [version for version in versions if version]
        before = known[-1] if known else None
        changed = (
            sorted(name for name, cell in report.cells.items() if cell != before.cells[name])
            if before
            else []
        )
        rows.append(line(report, earlier, kind_of(versions, changed), before, changed))
    for system, day in on_day:
        files = {report.file: report for report in on_day[system, day].values()}
        for report in files.values():
            rows += gone(report, on_day, days)
    return pd.DataFrame(rows, dtype=object)


def kind_of(versions: list[Report | None], changed: list[str]) -> str:
    """Return what an extract did to a report that it holds; `versions` are those of the days before."""
    if not versions:
        return "first"
    if not any(versions):
        return "added"
    if versions[-1] is None:
        return "returned"
    return "changed" if changed else "unchanged"


def gone(
    of_file: Report, on_day: dict[tuple[str, str], dict[str, Report]], days: Days
) -> list[dict[str, object]]:
    """Return a row per report that a file's day lacks and the day before has, of calls covered on both."""
    system, today = of_file.system, of_file.day
    calls = [call for (of, call), found in days.items() if of == system and today in found]
    rows = []
    for call in calls:
        earlier = [day for day in days[system, call] if day < today]
        for before in on_day[system, earlier[-1]].values() if earlier else ():
            if before.call == call and before.key not in on_day[system, today]:
                lost = Report(system, of_file.file, today, before.key, call, before.year, {})
                rows.append(line(lost, earlier, "withdrawn", before, []))
    return rows


def line(
    report: Report, earlier: list[str], kind: str, before: Report | None, changed: list[str]
) -> dict[str, object]:
    """Return a row of the difference."""
    return {
        "file_name": report.file,
        "extract_date": report.day,
        "source_system": report.system,
        "report_key": report.key,
        "call_year": report.call,
        "report_change": kind,
        "previous_extract_date": earlier[-1] if earlier else None,
        "previous_file_name": before.file if before else None,
        "n_changed_columns": len(changed),
        "changed_columns": ", ".join(changed) or None,
    }


def difference(raw: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """mart_quality__extract_difference."""
    rows = compared_reports(raw)
    return rows[~rows["report_change"].isin(["first", "unchanged"])].reset_index(drop=True)


def summary(raw: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """mart_quality__extract_summary."""
    rows = []
    for (file, system, day, kind), found in compared_reports(raw).groupby(
        ["file_name", "source_system", "extract_date", "report_change"]
    ):
        changed = Counter(name for names in found["changed_columns"].dropna() for name in names.split(", "))
        most = sorted(changed.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_CHANGED]
        days = found["previous_extract_date"].dropna()
        rows.append(
            {
                "file_name": file,
                "source_system": system,
                "extract_date": day,
                "report_change": kind,
                "n_reports": len(found),
                "first_previous_extract_date": days.min() if len(days) else None,
                "last_previous_extract_date": days.max() if len(days) else None,
                "most_changed_columns": ", ".join(f"{name} ({n})" for name, n in most) or None,
            }
        )
    return pd.DataFrame(rows, dtype=object)


def extract_years(raw: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """mart_quality__extract_year, without the flag of provisional years."""
    reports, days = held_reports(raw)
    in_file = Counter((report.file, report.call, report.year) for report in reports)
    keys = {(report.system, report.day, report.key, report.call, report.year) for report in reports}
    on_day = Counter((system, day, call, year) for system, day, _, call, year in keys)
    rows = []
    for file, system, day in sorted({(report.file, report.system, report.day) for report in reports}):
        for (of, call), covered in days.items():
            if of != system or day not in covered or not spans(reports, file, call):
                continue
            place = covered.index(day)
            before = covered[place - 1] if place else None
            after = covered[place + 1] if place + 1 < len(covered) else None
            years = {year for s, d, c, year in on_day if s == of and c == call and d in (before, day, after)}
            for year in sorted(years):
                n = in_file[file, call, year]
                rows.append(
                    {"file_name": file, "source_system": system, "extract_date": day}
                    | {"departure_year": year, "call_year": call, "n_reports": n}
                    | beside("previous", before, on_day[system, before or "", call, year], n)
                    | beside("next", after, on_day[system, after or "", call, year], n)
                )
    return pd.DataFrame(rows, dtype=object)


def spans(reports: list[Report], file: str, call: int) -> bool:
    """Say whether a file's calls lie around a call."""
    calls = [report.call for report in reports if report.file == file]
    return min(calls) <= call <= max(calls)


def beside(side: str, day: str | None, there: int, here: int) -> dict[str, object]:
    """Return the columns of the comparison with a neighbour."""
    names = {"previous": ("n_more_than_previous", "more_than_previous_share")}
    count, share = names.get(side, ("n_more_in_next", "more_in_next_share"))
    more = here - there if side == "previous" else there - here
    base = there if side == "previous" else here
    return {
        f"{side}_extract_date": day,
        f"n_{side}_reports": there if day else None,
        count: more if day else None,
        share: Fraction(more, base) if day and base else None,
    }
