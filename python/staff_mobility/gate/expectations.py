"""Great Expectations: suites, the judgement of frames, and Data Docs that are safe to open.

It is imported when the first new extract is checked and not before: the import takes seconds.
"""

from __future__ import annotations

import datetime as dt
import html
import os
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

_RESULT = {"result_format": "COMPLETE", "unexpected_index_column_names": ["frame", "group_number"]}
_EXAMPLES = 20
_PLACE_LENGTH = 60
# Data Docs load scripts, styles and a counting picture from the network, and do not escape values. These
# are taken out, values are escaped, and with the policy a browser runs and fetches nothing that was missed.
_SCRIPTS = re.compile(r"<script\b.*?</script\s*>", re.DOTALL | re.IGNORECASE)
_FETCHED = re.compile(r"<(?:link|img)\b[^>]*=\s*[\"']https?://[^>]*>", re.IGNORECASE)
_POLICY = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; font-src 'self'\">"
    # Stands in for the styles that are not fetched.
    "<style>body{font:1rem/1.5 Arial,sans-serif;margin:1.5rem;padding:0}table{border-collapse:collapse;margin:.5rem 0}"
    "td,th{border-bottom:1px solid #ddd;padding:.25rem .75rem;text-align:left;vertical-align:top}"
    ".navbar-brand img,footer,.alert,.ge-index-page-sidebar-title,#action-card-body,.carousel,img{display:none}</style>"
)


@dataclass(frozen=True)
class Expected:
    """What is expected of one or more columns alike.

    Attributes:
        name: Name of the check.
        severity: What a failure means.
        expectation: Name of the class in ``great_expectations.expectations``.
        kwargs: Its arguments but for the column.
        places: The columns in the file's words, one per frame.
        frames: Frames with columns ``group_number`` (from 0), ``value``, ``n_rows``.
    """

    name: str
    severity: str
    expectation: str
    kwargs: Mapping[str, Any]
    places: Sequence[str]
    frames: Sequence[pd.DataFrame]

    @property
    def place(self) -> str:
        """The columns in a few words."""
        places = [
            textwrap.shorten(place, _PLACE_LENGTH, placeholder=" …") for place in dict.fromkeys(self.places)
        ]
        return places[0] if len(places) == 1 else f"{places[0]} … {places[-1]} ({len(places)})"


@dataclass
class _Judged:
    expected: Expected
    result: Any
    total: int
    wrong: int
    examples: Sequence[str] = ()


class Judge:
    """Judges frames and keeps Data Docs in a folder.

    Attributes:
        folder: Holds suites, validation results and the site of the Data Docs; None keeps nothing.
    """

    def __init__(self, folder: Path | None = None) -> None:
        # Nothing is told to anybody: the setting must stand before the import.
        os.environ["GX_ANALYTICS_ENABLED"] = "false"
        import great_expectations as gx

        self._gx = gx
        self._folder = folder
        self._context = gx.get_context(project_config=_configuration(folder), mode="ephemeral")
        asset = self._context.data_sources.add_pandas("extract").add_dataframe_asset("groups")
        self._batches = asset.add_batch_definition_whole_dataframe("all")
        self._results: list[_Judged] = []

    def failing_groups(self, expected: Expected) -> list[list[int]]:
        """Return the group numbers that are not as expected, per frame.

        Columns of which the same is expected are judged in one go, because each call costs a hundredth of a second.
        """
        import pandas as pd

        filled = [number for number, frame in enumerate(expected.frames) if not frame.empty]
        failing: list[list[int]] = [[] for _ in expected.frames]
        if not filled:
            return failing
        frame = pd.concat(
            [expected.frames[number].assign(frame=number) for number in filled], ignore_index=True
        )
        expectation = self._kind(expected)(
            column="value", meta={"check": expected.name, "severity": expected.severity}, **expected.kwargs
        )
        result = self._batches.get_batch({"dataframe": frame}).validate(expectation, result_format=_RESULT)
        if result.exception_info.get("raised_exception"):
            raise ValueError(f"the check {expected.name} of {expected.place} could not be made")
        places = result.result.get("unexpected_index_list") or []
        for place in places:
            failing[int(place["frame"])].append(int(place["group_number"]))
        for groups in failing:
            groups.sort()
        wrong = sum(
            int(part.loc[part["group_number"].isin(groups), "n_rows"].sum())
            for part, groups in zip(expected.frames, failing, strict=True)
        )
        self._results.append(_Judged(expected, result, int(frame["n_rows"].sum()), wrong))
        return failing

    def _kind(self, expected: Expected) -> Any:
        return getattr(self._gx.expectations, expected.expectation)

    def show(self, examples: Sequence[str]) -> None:
        """Say which failing values of the last judgement Data Docs may show."""
        self._results[-1].examples = examples

    def keep(self, suite: str, run: str, day: dt.date) -> None:
        """Keep the judgements since the last call as a validation of a suite, and forget them.

        Args:
            suite: Name of the suite, such as layout and version.
            run: Name of the run: the extract.
            day: Day of the extract.
        """
        judged, self._results = self._results, []
        if self._folder is None:
            return
        results = [_for_docs(one) for one in judged]
        from great_expectations.core import ExpectationSuiteValidationResult
        from great_expectations.core.run_identifier import RunIdentifier
        from great_expectations.data_context.types.resource_identifiers import (
            ExpectationSuiteIdentifier,
            ValidationResultIdentifier,
        )

        taken = dt.datetime.combine(day, dt.time(), dt.UTC)
        run_id = RunIdentifier(run_name=run, run_time=taken)
        passed = sum(bool(result.success) for result in results)
        validation = ExpectationSuiteValidationResult(
            success=passed == len(results),
            results=results,
            suite_name=suite,
            suite_parameters={},
            statistics={
                "evaluated_expectations": len(results),
                "successful_expectations": passed,
                "unsuccessful_expectations": len(results) - passed,
                "success_percent": 100 * passed / len(results) if results else None,
            },
            meta={
                "run_id": run_id,
                "great_expectations_version": self._gx.__version__,
                "validation_time": taken,
                "batch_spec": {},
                "batch_markers": {},
                "active_batch_definition": {
                    "datasource_name": "extracts",
                    "data_connector_name": "landing",
                    "data_asset_name": suite,
                    "batch_identifiers": {"extract_id": run},
                },
                "expectation_suite_name": suite,
            },
        )
        key = ValidationResultIdentifier(ExpectationSuiteIdentifier(name=suite), run_id, run)
        self._context.validation_results_store.set(key, validation)
        written = self._gx.ExpectationSuite(name=suite)
        written.expectations = [
            self._kind(one.expected)(
                column=one.expected.place, meta={"check": one.expected.name}, **one.expected.kwargs
            )
            for one in judged
        ]
        self._context.suites.add_or_update(written)

    def write_data_docs(self) -> Path | None:
        """Write the site of all validations that were ever kept in the folder; return the site's folder."""
        if self._folder is None:
            return None
        self._context.build_data_docs()
        site = self._folder / "data_docs"
        for page in site.rglob("*.html"):
            text = page.read_text(encoding="utf-8")
            if _POLICY not in text:
                page.write_text(_safe(text), encoding="utf-8")
        return site


def _safe(page: str) -> str:
    """Return a page of the Data Docs without scripts and without anything that would be fetched."""
    page = _SCRIPTS.sub("", page)
    return _FETCHED.sub("", page).replace("<head>", f"<head>{_POLICY}", 1)


def _for_docs(judged: _Judged) -> Any:
    """Return a result as Data Docs should show it: counted in rows, named by the file's column, escaped."""
    expected, result, total, wrong = judged.expected, judged.result, judged.total, judged.wrong
    shown = [html.escape(text) for text in judged.examples[:_EXAMPLES]]
    share = 100 * wrong / total if total else 0.0
    result.result = {
        "element_count": total,
        "unexpected_count": wrong,
        "unexpected_percent": share,
        "unexpected_percent_total": share,
        "unexpected_percent_nonmissing": share,
        "missing_count": 0,
        "missing_percent": 0.0,
        "partial_unexpected_list": shown,
        "partial_unexpected_counts": [],
    }
    kwargs = dict(result.expectation_config.kwargs)
    kwargs.pop("batch_id", None)
    if "value_set" in kwargs:
        # Reference lists have hundreds of entries; a page shows the first.
        kwargs["value_set"] = [
            html.escape(value) if isinstance(value, str) else value
            for value in kwargs["value_set"][:_EXAMPLES]
        ]
    result.expectation_config.kwargs = kwargs | {"column": html.escape(expected.place)}
    return result


def _configuration(folder: Path | None) -> Any:
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    bars = ProgressBarsConfig(globally=False)

    if folder is None:
        return DataContextConfig(
            store_backend_defaults=InMemoryStoreBackendDefaults(), analytics_enabled=False, progress_bars=bars
        )
    return DataContextConfig(
        config_version=4.0,
        analytics_enabled=False,
        progress_bars=bars,
        stores={
            "expectations_store": {
                "class_name": "ExpectationsStore",
                "store_backend": _files(folder / "suites"),
            },
            "validation_results_store": {
                "class_name": "ValidationResultsStore",
                "store_backend": _files(folder / "validations"),
            },
            "checkpoint_store": {
                "class_name": "CheckpointStore",
                "store_backend": _files(folder / "checkpoints"),
            },
            "validation_definition_store": {
                "class_name": "ValidationDefinitionStore",
                "store_backend": _files(folder / "definitions"),
            },
        },
        expectations_store_name="expectations_store",
        validation_results_store_name="validation_results_store",
        checkpoint_store_name="checkpoint_store",
        data_docs_sites={
            "site": {
                "class_name": "SiteBuilder",
                "show_how_to_buttons": False,
                "store_backend": {
                    "class_name": "TupleFilesystemStoreBackend",
                    "base_directory": str(folder / "data_docs"),
                },
                "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
            }
        },
    )


def _files(folder: Path) -> dict[str, str | bool]:
    return {
        "module_name": "staff_mobility.gate.whole_files",
        "class_name": "WholeFileStoreBackend",
        "base_directory": str(folder),
        "suppress_store_backend_id": True,
    }
