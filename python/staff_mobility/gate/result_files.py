"""The gate's results as files: one JSON document per extract, checked on writing and on reading."""

from __future__ import annotations

import glob
import json
import math
import os
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import ValidationError, relevance

from staff_mobility.gate.results import GateResult
from staff_mobility.gate.unseen import is_unseen
from staff_mobility.leftovers import sweep_leftovers
from staff_mobility.settings import StepError

SCHEMA_NAME = "extract_record.schema.json"
_VALUE_LENGTH = 80


class ResultFileError(StepError):
    """A result is not what it should be; the text names the file, the place in it and what to do."""


def save_result(result: GateResult, folder: Path) -> Path:
    """Write ``<extract_id>.json``; a reader sees the former file or the new one, never half.

    Raises:
        ResultFileError: The result is not valid, see `validate_result`.
    """
    content = result.as_json()
    validate_result(content)
    path = folder / f"{result.record.extract_id}.json"
    write_atomically(path, as_text(content))
    return path


def load_results(folder: Path) -> list[GateResult]:
    """Read all results of a folder, ordered by extract id; none if there is no folder.

    Raises:
        ResultFileError: A file is no result, or that of another extract.
    """
    return [_load(path) for path in sorted(folder.glob("*.json"))]


def _load(path: Path) -> GateResult:
    to_do = "Remove the file and run the gate on the extract again."
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ResultFileError(f"{path}: this is no JSON ({error}). {to_do}") from error
    try:
        validate_result(content)
    except ResultFileError as error:
        raise ResultFileError(f"{path}: {error} {to_do}") from error
    result = GateResult.from_json(content)
    if result.record.extract_id != path.stem:
        raise ResultFileError(f"{path}: this is the result of extract {result.record.extract_id}. {to_do}")
    return result


def validate_result(content: Any) -> None:
    """Check the JSON form of a result: its schema, and that it does not contradict itself.

    Raises:
        ResultFileError: It is wrong; the text has a line per fault with the place in the document.
    """
    faults = sorted(_validator().iter_errors(content), key=relevance)
    lines = sorted({_fault_text(fault) for fault in faults}) or list(_contradictions(content))
    if lines:
        raise ResultFileError("\n  ".join(["The result of the gate is not valid:", *lines]))


@cache
def _validator() -> Any:
    schema, checker = json.loads(schema_text()), Draft202012Validator.TYPE_CHECKER
    # A result that has not been a file yet holds tuples.
    checker = checker.redefine("array", lambda _, value: isinstance(value, (list, tuple)))
    kind = validators.extend(Draft202012Validator, type_checker=checker)  # type: ignore[no-untyped-call]
    return kind(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def schema_text() -> str:
    """Return the JSON Schema of a result."""
    return files(__package__).joinpath(SCHEMA_NAME).read_text(encoding="utf-8")


def _fault_text(fault: ValidationError) -> str:
    place = "/".join(str(part) for part in fault.absolute_path) or "the top"
    value = repr(fault.instance)
    if len(value) > _VALUE_LENGTH:
        return f"at {place}: {fault.message.replace(value, value[:_VALUE_LENGTH] + '…')}"
    return f"at {place}: {fault.message}"


def _contradictions(content: Mapping[str, Any]) -> Iterator[str]:
    """What no schema can say: parts that follow from others."""
    result = GateResult.from_json(dict(content))
    record = result.record
    if not record.sha256.startswith(record.extract_id):
        yield f"at record/extract_id: {record.extract_id} does not begin the hash {record.sha256}"
    for place, check in enumerate(result.checks):
        if check.measured is not None and not math.isfinite(check.measured):
            yield f"at checks/{place}/measured: {check.measured} is no number that JSON knows"
    derived = {"verdict": result.verdict, "usability": result.usability}
    for name, value in derived.items():
        if content[name] != value:
            yield f"at {name}: {content[name]} is given, but {value} follows from the checks and the record"


def as_text(content: Mapping[str, Any]) -> str:
    """Return JSON with sorted keys in which every character can be seen; the others stand escaped.

    Among those are halves of pairs, which come from file names and which UTF-8 cannot hold.
    """
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    escaped = (json.dumps(each)[1:-1] if each > "~" and is_unseen(each) else each for each in text)
    return "".join(escaped) + "\n"


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file beside its place, then put it there in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sweep_leftovers(path.parent, f".{glob.escape(path.name)}.*.tmp")
    made = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with made.open("wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        made.replace(path)
    finally:
        made.unlink(missing_ok=True)
