"""A difference as lines for a terminal, and as a Markdown page that a person can approve."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from staff_mobility.publish.audit import Finding
from staff_mobility.publish.difference import Change, Difference, MartDifference

_SHOWN_CHANGES = 20


def as_json(difference: Difference) -> dict[str, Any]:
    """Return plain values for the machine-readable answer."""
    return {
        "former": difference.former,
        "marts": [asdict(mart) for mart in difference.marts if mart.is_any],
        "unchanged_marts": [mart.mart for mart in difference.marts if not mart.is_any],
        "largest_changes": [asdict(change) for change in difference.changes],
    }


def lines(difference: Difference) -> Iterator[str]:
    """Yield the difference as lines of text, the largest changes of numbers first."""
    if difference.former is None:
        yield "There is no publication yet: all is new."
    shown = difference.changes[:_SHOWN_CHANGES]
    if shown:
        yield "Largest changes of numbers, in standard deviations of their column:"
    for change in shown:
        yield (
            f"  {change.size:8.2f}  {change.mart}.{change.column} {_key(change.key)}:"
            f" {_number(change.before)} -> {_number(change.after)}"
        )
    if left := len(difference.changes) - len(shown):
        yield f"  and {left} more, in the page and with --json"
    for mart in difference.marts:
        if mart.is_any:
            yield f"{mart.mart}: {_rows(mart)}{_columns(mart)}"
    yield f"{sum(not mart.is_any for mart in difference.marts)} of {len(difference.marts)} marts do not change."


def page(difference: Difference, findings: Sequence[Finding], content_id: str, build: str) -> str:
    """Return the page in Markdown."""
    return "\n".join(
        [
            "# What a publication would change",
            "",
            f"From {difference.former or 'nothing'} to content `{content_id}` of build `{build}`.",
            "",
            "Whoever approves it publishes exactly this, and nothing that has come since, with",
            "",
            f"    staff-mobility publish --approved {content_id}",
            "",
            "## Audit",
            "",
            *_table(
                ("Check", "Passed", "Found"),
                ((each.check, "yes" if each.passed else "**no**", each.message) for each in findings),
            ),
            "",
            "## Largest changes of numbers",
            "",
            "Size: distance in standard deviations of the column in the current publication; where all its values are the"
            " same, as a share of the former value. The three largest of each column.",
            "",
            *_table(
                ("Size", "Mart", "Column", "Row", "Before", "After"),
                (_cells(change) for change in difference.changes),
            ),
            "",
            "## Marts",
            "",
            *_table(
                ("Mart", "Rows before", "Rows after", "Added", "Removed", "Changed", "Columns"),
                (
                    (
                        *(mart.mart, _count(mart.n_before), _count(mart.n_after)),
                        *(
                            str(mart.n_added),
                            str(mart.n_removed),
                            str(mart.n_changed),
                            _columns(mart).strip("; "),
                        ),
                    )
                    for mart in difference.marts
                ),
            ),
            "",
        ]
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        # A cell must not end its table.
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def _cells(change: Change) -> tuple[str, ...]:
    return (
        f"{change.size:.2f}",
        change.mart,
        change.column,
        _key(change.key),
        _number(change.before),
        _number(change.after),
    )


def _rows(mart: MartDifference) -> str:
    if mart.n_before is None:
        return f"new, {mart.n_after} rows"
    if mart.n_after is None:
        return f"goes, {mart.n_before} rows"
    return (
        f"{mart.n_before} -> {mart.n_after} rows; {mart.n_added} added, {mart.n_removed} removed,"
        f" {mart.n_changed} changed"
    )


def _columns(mart: MartDifference) -> str:
    parts = [f"new column {column}" for column in mart.new_columns]
    parts += [f"column {column} goes" for column in mart.gone_columns]
    parts += [f"{column} in {count}" for column, count in (mart.changed_values or {}).items()]
    return f"; {', '.join(parts)}" if parts else ""


def _key(key: Mapping[str, Any]) -> str:
    return ", ".join(f"{column} {value}" for column, value in key.items())


def _number(value: float) -> str:
    return f"{value:.6g}"


def _count(value: int | None) -> str:
    return "" if value is None else str(value)
