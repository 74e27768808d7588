"""Offers mutated extracts to landing and sees that nothing is lost, doubled or changed without a word.

Each trial takes a small extract whose predecessor has landed, changes it in one way or two, and lands it. A
refusal must name a place and leave the warehouse as it was. What is accepted must lie in the raw tables exactly
as a plain reader (csv, openpyxl, json) finds it in the file; and a change of meaning must be seen by a check,
unless the changed file is as plausible as the one before, which each kind of mutation says of itself.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import mutation_forms  # noqa: E402, F401 (enters its kinds)
import mutation_shapes  # noqa: E402, F401 (enters its kinds)
from mutation_drafts import BASES, Base, Draft, NotApplicableError, draft_of, former_content, sound_content  # noqa: E402
from mutation_kinds import KINDS, Kind  # noqa: E402
from mutation_trial import Desk, Outcome, why_unseen  # noqa: E402

SHARE_OF_PAIRS = 0.2
PROCESSES = 2
COLUMNS = {
    Outcome.REFUSED: "refused, with the place",
    Outcome.SEEN: "landed, a check tells",
    Outcome.SAME: "landed, same content",
    Outcome.PLAUSIBLE: "landed, plausible content",
    Outcome.SILENT: "SILENT",
}


@dataclass(frozen=True)
class Told:
    """What became of one trial, in plain values that pass between processes."""

    number: int
    base: str
    kinds: tuple[str, ...]
    outcome: Outcome
    why: str


def name_of(kind: Kind) -> str:
    """Group and name."""
    return f"{kind.group}: {kind.name}"


def drawn(number: int, seed: int) -> tuple[Draft, Base, list[Kind], str]:
    """Draw the mutated file of a trial; one that does not differ from its base is drawn again.

    Kinds take turns, so that each comes up as often as the others.
    """
    for attempt in range(200):
        chance = random.Random(f"{seed}/{number}/{attempt}")
        first = KINDS[number % len(KINDS)]
        bases = [base for base in BASES if base.format in first.formats]
        base = chance.choices(bases, [base.share for base in bases])[0]
        kinds = [first]
        if chance.random() < SHARE_OF_PAIRS:
            kinds.append(chance.choice([kind for kind in KINDS if base.format in kind.formats]))
        try:
            draft = mutated(base, kinds, f"{seed}/{number}/{attempt}")
            content = draft.content()
        except (NotApplicableError, ValueError, IndexError):
            continue
        if content not in (sound_content(base), former_content(base)):
            return draft, base, kinds, f"{seed}/{number}/{attempt}"
    raise SystemExit(f"no file can be made for '{name_of(first)}'")


def mutated(base: Base, kinds: Sequence[Kind], seed: str) -> Draft:
    """Return a base with mutations, each with chances of its own."""
    draft = draft_of(base)
    for kind in kinds:
        kind.apply(draft, random.Random(f"{seed}/{name_of(kind)}"))
    return draft


def trial(desk: Desk, number: int, seed: int) -> Told:
    """Make a mutated file, offer it, and judge what became of it."""
    draft, base, kinds, chances = drawn(number, seed)
    verdict = desk.offer(base, draft)
    outcome, why = verdict.outcome, verdict.why
    if outcome is Outcome.SILENT and verdict.is_whole:
        # Everything landed as the file has it, and no check tells what changed.
        alike = why_unseen(desk.plain(base, draft_of(base)), desk.plain(base, draft))
        reasons = [kind.plausible or (alike if kind.large else "") for kind in kinds]
        if all(
            reason or _is_harmless(desk, base, kinds, kind, chances)
            for kind, reason in zip(kinds, reasons, strict=True)
        ):
            outcome, why = Outcome.PLAUSIBLE, next(filter(None, reasons), "")
        else:
            why = "the content changed, and no check tells"
    return Told(number, base.name, tuple(map(name_of, kinds)), outcome, why)


def _is_harmless(desk: Desk, base: Base, kinds: Sequence[Kind], one: Kind, chances: str) -> bool:
    """Whether a mutation of several adds nothing to the content."""
    if len(kinds) == 1:
        return False
    # Alone, because in another order of columns the same chances may fall on another cell.
    if desk.content(base, mutated(base, [one], chances)) == desk.content(base, draft_of(base)):
        return True
    others = [kind for kind in kinds if kind is not one]
    both, without = (desk.content(base, mutated(base, some, chances)) for some in (kinds, others))
    return both == without


_desk: list[Desk] = []


def _trial_of_process(job: tuple[int, int]) -> Told:
    if not _desk:
        _desk.append(Desk(Path(tempfile.mkdtemp())))
    return trial(_desk[0], *job)


def run(numbers: Sequence[int], seed: int) -> Iterator[Told]:
    """Run trials in two processes, in order."""
    jobs = [(number, seed) for number in numbers]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, context) as pool:
        yield from pool.map(_trial_of_process, jobs, chunksize=8)


def table(told: Sequence[Told]) -> str:
    """Return the outcomes per kind of mutation as a markdown table."""
    counts = Counter((_row_name(each), each.outcome) for each in told)
    names = [*dict.fromkeys(name_of(kind) for kind in KINDS), _PAIRS]
    lines = [
        f"| Mutation | Files | {' | '.join(COLUMNS.values())} |",
        "|---|" + "---:|" * (len(COLUMNS) + 1),
    ]
    for name in names:
        row = [counts[name, outcome] for outcome in COLUMNS]
        if sum(row):
            lines.append(f"| {name} | {sum(row)} | {' | '.join(str(n or '') for n in row)} |")
    totals = [sum(each.outcome is outcome for each in told) for outcome in COLUMNS]
    lines.append(f"| **all** | **{len(told)}** | {' | '.join(f'**{n}**' for n in totals)} |")
    return "\n".join(lines)


_PAIRS = "two of these in one file"


def _row_name(told: Told) -> str:
    return told.kinds[0] if len(told.kinds) == 1 else _PAIRS


def reasons(told: Sequence[Told]) -> str:
    """Return why files with plausible content are that, most frequent first."""
    counts = Counter(each.why for each in told if each.outcome is Outcome.PLAUSIBLE)
    return "\n".join(f"- {why} ({count})" for why, count in counts.most_common())


def per_base(told: Sequence[Told]) -> str:
    """Return the outcomes per kind of file."""
    counts = Counter((each.base, each.outcome) for each in told)
    lines = [f"| Extract | {' | '.join(COLUMNS.values())} |", "|---|" + "---:|" * len(COLUMNS)]
    lines += [
        f"| {base.name} | {' | '.join(str(counts[base.name, outcome] or '') for outcome in COLUMNS)} |"
        for base in BASES
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print progress and tables; 1 if anything was silent."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="only kinds of mutation whose name holds this text")
    options = parser.parse_args(arguments)
    began = time.monotonic()
    told: list[Told] = []
    numbers = [
        number for number in range(options.number) if options.only in name_of(KINDS[number % len(KINDS)])
    ]
    for each in run(numbers, options.seed):
        told.append(each)
        if each.outcome is Outcome.SILENT:
            print(f"SILENT {each.number}: {each.base}, {', '.join(each.kinds)}: {each.why}", file=sys.stderr)
        if len(told) % 100 == 0:
            minutes = (time.monotonic() - began) / 60
            print(f"{len(told)} of {len(numbers)}, {minutes:.1f} minutes", file=sys.stderr, flush=True)
    silent = sum(each.outcome is Outcome.SILENT for each in told)
    print(f"{len(told)} mutated extracts, seed {options.seed}: {silent} silent\n")
    print(f"{table(told)}\n\n{per_base(told)}\n\nPlausible content is counted where\n\n{reasons(told)}")
    return 1 if silent else 0


if __name__ == "__main__":
    sys.exit(main())
