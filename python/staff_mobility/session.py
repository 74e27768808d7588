"""One call of a verb: where its words go, and with which exit code it ends."""

from __future__ import annotations

import datetime as dt
import json
import signal
import traceback
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

import typer
from rich.console import Console

from staff_mobility.full_disk import full_disk_explained
from staff_mobility.settings import Settings, StepError, WrongUseError, load_settings
from staff_mobility.warehouse_file import Patience

DONE, REFUSED, WRONG_USE, BROKEN = 0, 1, 2, 3
# Of a process that a signal has ended: 130 after Ctrl-C, 143 after kill.
_SIGNALLED = 128
_ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class RefusedError(Exception):
    """The data do not pass; the messages say what and where."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__(*messages)
        self.messages = messages


class Session(AbstractContextManager["Session"]):
    """The surroundings of one verb; leaving it turns exceptions into messages and exit codes.

    Attributes:
        answer: What ``--json`` writes to stdout at the end.
        errors: The console of stderr.
        patience: How long the verb waits for another process that has the warehouse open.
    """

    def __init__(self, verb: str, *, as_json: bool, quiet: bool, debug: bool, wait: float = 0) -> None:
        self.verb = verb
        self.as_json = as_json
        self.quiet = quiet
        self.debug = debug
        self.patience = Patience(wait, lambda text: self.errors.print(text))
        self.answer: dict[str, Any] = {"verb": verb}
        # Lines are not wrapped: a message that is piped into a file stays one line.
        self.errors = Console(stderr=True, soft_wrap=True, highlight=False, markup=False, quiet=False)
        self._output = Console(soft_wrap=True, highlight=False, markup=False)
        self._settings: Settings | None = None
        self._ended_by: signal.Signals | None = None
        self._handlers: dict[signal.Signals, Any] = {}

    @property
    def settings(self) -> Settings:
        """The project's settings, read when first needed, so that their errors are told like all others."""
        if self._settings is None:
            self._settings = load_settings()
        return self._settings

    def say(self, text: str) -> None:
        """Tell the user something that is no error."""
        if not self.quiet and not self.as_json:
            self._output.print(text)

    def working(self, text: str) -> AbstractContextManager[object]:
        """Show that a step is under way, on a terminal only."""
        return nullcontext() if self.quiet or not self.errors.is_terminal else self.errors.status(text)

    def __enter__(self) -> Self:
        """Let both signals that ask a process to end run into the same way out, which rolls back."""
        for number in _ENDING_SIGNALS:
            self._handlers[number] = signal.signal(number, self._end_by)
        return self

    def _end_by(self, number: int, _: FrameType | None) -> None:
        self._ended_by = signal.Signals(number)
        raise KeyboardInterrupt

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the verb.

        Raises:
            typer.Exit: Always when something was raised, with the exit code.
        """
        for number in _ENDING_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        try:
            code, messages = self._verdict(error)
            for message in messages:
                self.errors.print(message)
            if self.as_json:
                self.answer |= {"exit_code": code, "errors": messages}
                self._write_answer()
        finally:
            for number, handler in self._handlers.items():
                signal.signal(number, handler)
        if error is not None:
            raise typer.Exit(code) from None

    def _write_answer(self) -> None:
        # On a full disk the messages on stderr and the exit code must do.
        with suppress(OSError):
            typer.echo(json.dumps(self.answer, ensure_ascii=False, indent=2))

    def _verdict(self, error: BaseException | None) -> tuple[int, list[str]]:
        if error is None:
            return DONE, []
        # Asked first: what a signal breaks off can come up as any error, in DuckDB as one of its own.
        if self._ended_by is not None:
            return _SIGNALLED + self._ended_by, [
                f"Interrupted ({self._ended_by.name}). The warehouse holds what was complete before; the same"
                " command goes on from there."
            ]
        match error:
            case typer.Exit():
                return error.exit_code, []
            case RefusedError():
                return REFUSED, error.messages
            case WrongUseError():
                return WRONG_USE, [str(error)]
            case StepError():
                return BROKEN, [str(error)]
            case _:
                return BROKEN, [self._full_disk(error) or self._unexpected(error)]

    def _full_disk(self, error: BaseException) -> str | None:
        if isinstance(error, OSError) or type(error).__module__ == "_duckdb":
            return full_disk_explained(str(error), self.settings.warehouse.parent, self.settings.project)
        return None

    def _unexpected(self, error: BaseException) -> str:
        text = "".join(traceback.format_exception(error))
        if self.debug:
            self.errors.print(text)
        first_line = (str(error).splitlines() or [""])[0]
        return f"Unexpected error in '{self.verb}': {type(error).__name__}: {first_line}. {self._log(text)}"

    def _log(self, text: str) -> str:
        try:
            path: Path = self.settings.log
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8") as log:
                log.write(f"{dt.datetime.now(dt.UTC).isoformat(timespec='seconds')} {self.verb}\n{text}\n")
        except (OSError, WrongUseError):
            return "The log could not be written; --debug shows the traceback."
        return f"The log is {path}; --debug shows the traceback."
