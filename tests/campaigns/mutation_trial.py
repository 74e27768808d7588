"""One mutated extract before landing: what becomes of it, and whether that is right."""

from __future__ import annotations

import datetime as dt
import enum
import json
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
from mutation_drafts import DAY, PREVIOUS_DAY, PROJECT, Base, Draft, draft_of, previous_of
from plain_reading import PlainTable, UnreadableError, read

from staff_mobility.gate.gate import Gate
from staff_mobility.gate.kept_cells import MINIMUM_CELLS
from staff_mobility.gate.reference_lists import load_reference_lists, spellings_of
from staff_mobility.gate.results import CheckResult, GateResult
from staff_mobility.gate.rules import load_rules
from staff_mobility.landing import register
from staff_mobility.landing.land import Landing, LandingBrokenError, land_file
from staff_mobility.landing.layouts import load_layouts
from staff_mobility.landing.pseudonyms import KeyChain
from staff_mobility.landing.results import LandedFile

KEY = bytes(range(32))
TODAY = dt.date(2023, 6, 30)
# What the rules call kept (`kept_cells`); the extract before lacks the last row.
KEPT = 0.8
FEW = "no more than a fifth of a column changed, or too few cells can be compared: corrections look the same"
NEW_KEYS = "rows of other keys are new rows, and later files of the survey need not hold the earlier ones"
NO_KEY = "rows of this source have no key, so that the same cells in another order are the same column"


class Outcome(enum.Enum):
    """What became of a mutated file."""

    REFUSED = "refused"
    SEEN = "seen"
    SAME = "same"
    PLAUSIBLE = "plausible"
    SILENT = "silent"


@dataclass(frozen=True)
class Verdict:
    """An outcome and what led to it.

    Attributes:
        is_whole: Whether the file landed just as a plain reader finds it.
    """

    outcome: Outcome
    why: str
    is_whole: bool = False


class Desk:
    """A warehouse in memory for each kind of extract, in which the extract before has landed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        rules = PROJECT / "layouts" / "rules"
        gate = Gate(
            load_rules(rules),
            load_reference_lists(rules, PROJECT / "seeds"),
            spellings_of("NO", PROJECT / "seeds"),
        )
        self.landing = Landing(load_layouts(PROJECT / "layouts"), lambda: KeyChain((KEY,)), TODAY, gate)
        self.started: dict[Base, tuple[duckdb.DuckDBPyConnection, Any, Counter[Any]]] = {}

    def land(self, con: duckdb.DuckDBPyConnection, draft: Draft, day: str) -> tuple[LandedFile, ...]:
        """Write a draft and land it."""
        path = self.folder / draft.file_name(day)
        path.write_bytes(draft.content(day))
        try:
            return land_file(con, path, self.landing)
        finally:
            path.unlink()

    def start(self, base: Base) -> tuple[duckdb.DuckDBPyConnection, Any, Counter[Any]]:
        """Return a warehouse, its state, and what checks say of the extract without a mutation."""
        if base not in self.started:
            con = duckdb.connect()
            (before,) = self.land(con, previous_of(base), PREVIOUS_DAY)
            if before.status != "landed":
                raise SystemExit(f"{base.name}: {before.messages}")
            state = _state(con)
            (sound,) = self.land(con, draft_of(base), DAY)
            if sound.result is None or sound.status != "landed":
                raise SystemExit(f"{base.name}: {sound.messages}")
            self.started[base] = (con, state, _failing(sound.result))
            _take_out(con, sound)
        return self.started[base]

    def content(self, base: Base, draft: Draft) -> Counter[Any] | None:
        """Return what a plain reader finds in a file, without the order of rows; None if it finds nothing."""
        try:
            tables = self.plain(base, draft)
        except UnreadableError:
            return None
        return _content(tables)

    def plain(self, base: Base, draft: Draft) -> list[PlainTable]:
        """Read a file with plain readers."""
        return read(draft.inner_content(), base.format, base.layout, KEY)

    def offer(self, base: Base, draft: Draft) -> Verdict:
        """Land a mutated file, judge what became of it, and take it out again."""
        con, state, usual = self.start(base)
        try:
            (landed,) = self.land(con, draft, DAY)
        except LandingBrokenError as error:
            return Verdict(Outcome.SILENT, f"landing broke: {error}")
        problems = _told(landed, base)
        if landed.status == "refused":
            problems += _refused(landed)
            problems += ["the refused file left something behind"] if _state(con) != state else []
            verdict = Verdict(Outcome.REFUSED, landed.messages[0])
        else:
            problems += self._landed(con, landed, base, draft)
            verdict = self._judged(landed, usual, base, draft)
        _take_out(con, landed)
        if _state(con) != state:
            problems.append("other extracts changed")
            # The next trial starts from a warehouse of its own.
            del self.started[base]
        return Verdict(Outcome.SILENT, "; ".join(problems)) if problems else verdict

    def _judged(self, landed: LandedFile, usual: Counter[Any], base: Base, draft: Draft) -> Verdict:
        assert landed.result is not None
        new = _failing(landed.result) - usual
        if new:
            return Verdict(Outcome.SEEN, ", ".join(sorted({check for check, _, _ in new})), is_whole=True)
        if self.content(base, draft) == _sound_content(self, base):
            return Verdict(Outcome.SAME, "the same rows", is_whole=True)
        return Verdict(Outcome.SILENT, "the content changed, and no check tells", is_whole=True)

    def _landed(
        self, con: duckdb.DuckDBPyConnection, landed: LandedFile, base: Base, draft: Draft
    ) -> list[str]:
        """Return in what the raw tables differ from the file."""
        if landed.status != "landed" or landed.extract_id is None or landed.result is None:
            return [f"the status is {landed.status}"]
        try:
            tables = self.plain(base, draft)
        except UnreadableError as error:
            return [f"it landed, and no plain reader takes it: {error}"]
        problems = [problem for table in tables for problem in _differences(con, table, landed.extract_id)]
        counted = sum(len(table.rows) for table in tables)
        entered = con.execute(
            "select row_count from raw.extract where extract_id = ?", [landed.extract_id]
        ).fetchall()
        if entered != [(counted,)] or landed.rows != counted:
            problems.append(f"{counted} rows in the file, {entered} in the register")
        return problems + _checks_kept(con, landed.extract_id, landed.result)


def why_unseen(before: list[PlainTable], after: list[PlainTable]) -> str:
    """Return why a change of most cells of a column looks like a right extract; empty if it must be seen."""
    if few_cells_changed(before, after):
        return FEW
    for one, other in zip(before, after, strict=True):
        # Late answers come as files of their own, so that another respondent is no loss.
        if "respondent_id" in one.columns and len(_answers(one) & _answers(other)) <= MINIMUM_CELLS:
            return NEW_KEYS
    is_without_key = all(table.raw_table == "eu_open_data__mobility" for table in before)
    return NO_KEY if is_without_key and _columns_sorted(before) == _columns_sorted(after) else ""


def _answers(table: PlainTable) -> set[tuple[str | None, str | None]]:
    respondent, question = table.columns.index("respondent_id"), table.columns.index("question_text")
    return {(row[respondent], row[question]) for row in table.rows}


def _columns_sorted(tables: list[PlainTable]) -> list[list[Counter[str | None]]]:
    return [[Counter(column) for column in zip(*table.rows, strict=True)] for table in tables]


def few_cells_changed(before: list[PlainTable], after: list[PlainTable]) -> bool:
    """Whether no column that can be compared has lost more of its cells than corrections may change."""
    if [len(table.rows) for table in before] != [len(table.rows) for table in after]:
        return False
    for one, other in zip(before, after, strict=True):
        for former, newer in zip(zip(*one.rows, strict=True), zip(*other.rows, strict=True), strict=True):
            filled = [pair for pair in zip(former, newer, strict=True) if pair[0] is not None]
            changed = sum(cell != now for cell, now in filled)
            if len(filled) > MINIMUM_CELLS + 1 and changed > (1 - KEPT) * (len(filled) - 1) + 1:
                return False
    return True


def _take_out(con: duckdb.DuckDBPyConnection, landed: LandedFile) -> None:
    if landed.result is not None:
        register.remove_extract(con, landed.result.record.extract_id)


def _failing(result: GateResult) -> Counter[tuple[str, str | None, int]]:
    return Counter((check.check, check.column, check.n_failing) for check in result.failures)


def _content(tables: list[PlainTable]) -> Counter[Any]:
    return Counter(
        {(table.raw_table, row): count for table in tables for row, count in table.content.items()}
    )


@cache
def _sound_content(desk: Desk, base: Base) -> Counter[Any] | None:
    return desk.content(base, draft_of(base))


def _state(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Return what is in the raw tables but for the answers about refused files."""
    tables = con.execute(
        "select table_name from information_schema.tables where table_schema = 'raw' order by 1"
    ).fetchall()
    state = {}
    for (name,) in tables:
        where = "where extract_id in (select extract_id from raw.extract)" if name == "gate_check" else ""
        if name != "quarantine":
            state[name] = con.execute(
                f'select count(*), bit_xor(hash(r)) from raw."{name}" as r {where}'
            ).fetchone()
    return state


def _differences(con: duckdb.DuckDBPyConnection, table: PlainTable, extract_id: str) -> list[str]:
    listed = ", ".join(f'"{name}"' for name in table.columns)
    found = con.execute(
        f'select {listed} from raw."{table.raw_table}" where _extract_id = ? order by _row_number',
        [extract_id],
    ).fetchall()
    numbers = con.execute(
        f'select count(distinct _row_number) from raw."{table.raw_table}" where _extract_id = ?', [extract_id]
    ).fetchone()
    problems = []
    if numbers != (len(found),):
        problems.append("row numbers repeat")
    if len(found) != len(table.rows):
        problems.append(f"{len(table.rows)} rows in the file, {len(found)} in {table.raw_table}")
    for number, (wanted, landed) in enumerate(zip(table.rows, found, strict=False), start=1):
        wrong = [name for name, one, other in zip(table.columns, wanted, landed, strict=True) if one != other]
        if wrong:
            problems.append(f"row {number} of {table.raw_table} differs in {', '.join(wrong[:3])}")
            break
    return problems


def _checks_kept(con: duckdb.DuckDBPyConnection, extract_id: str, result: GateResult) -> list[str]:
    """Return in what the kept checks and rows set aside differ from what the gate said."""
    problems = []
    kept = con.execute(
        "select check_name, column_name, failing_count from raw.gate_check"
        " where extract_id = ? and result = 'failed'",
        [extract_id],
    ).fetchall()
    if Counter(kept) != _failing(result):
        problems.append("the register keeps other checks than the gate made")
    rejecting = sum(check.n_failing for check in result.checks if _sets_aside(check))
    aside = con.execute(
        "select raw_table, row_number from raw.rejected_row where extract_id = ?", [extract_id]
    ).fetchall()
    if len(aside) != rejecting:
        problems.append(f"{rejecting} rows fail checks that set aside, and {len(aside)} are set aside")
    for name, number in aside:
        there = con.execute(
            f'select count(*) from raw."{name}" where _extract_id = ? and _row_number = ?',
            [extract_id, number],
        ).fetchone()
        if there != (1,):
            problems.append(f"row {number} is set aside and is not in {name}")
    return problems


def _sets_aside(check: CheckResult) -> bool:
    return check.rejects_rows and not check.passed


def _told(landed: LandedFile, base: Base) -> list[str]:
    """Return whether what is said of a file gives away an address."""
    said = " ".join(landed.messages)
    if landed.result is not None:
        said += json.dumps(landed.result.as_json(), ensure_ascii=False)
    return ["an e-mail address is told"] if any(address in said for address in _addresses(base)) else []


@cache
def _addresses(base: Base) -> frozenset[str]:
    return frozenset(
        cell
        for grid in draft_of(base).grids
        for row in grid.data
        for cell in row
        if isinstance(cell, str) and "@" in cell
    )


def _refused(landed: LandedFile) -> list[str]:
    """Return what a refusal lacks: the file, and the place in it unless it is about the file as such."""
    problems = []
    if not landed.problems or not all(message.startswith(landed.file) for message in landed.messages):
        problems.append("a message does not name the file")
    if any(not problem.reason or not problem.to_do for problem in landed.problems):
        problems.append("a message does not say what is wrong or what to do")
    if landed.result is None:
        return [*problems, "the refusal is not kept"]
    blocking = [check for check in landed.result.checks if check.blocks]
    if not blocking:
        problems.append("no check stands for the refusal")
    in_rows = any(check.stage == "rows" and check.measured is None for check in blocking)
    is_empty = any("there is no data row" in problem.reason for problem in landed.problems)
    if in_rows and not is_empty and not any(problem.where or problem.column for problem in landed.problems):
        problems.append(f"no message names a place: {landed.messages[0]}")
    return problems
