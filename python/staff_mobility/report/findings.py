"""The page of findings: what holds, what holds only naively, what does not, in sentences made from the marts."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import groupby
from typing import Any

import duckdb
import yaml

from staff_mobility.report.document import PACKAGE, environment, render_document
from staff_mobility.report.formats import MISSING, Style, format_value
from staff_mobility.report.meta import LANGUAGES
from staff_mobility.report.texts import TEXTS

FINDINGS_PAGE = "findings.html"
SENTENCES: Mapping[str, Mapping[str, str]] = yaml.safe_load(
    files(__package__).joinpath("findings.yml").read_text(encoding="utf-8")
)
# The order in which findings are told.
VERDICTS = (
    "holds",
    "holds_naively_only",
    "holds_uncorrected_only",
    "depends_on_one_institution",
    "does_not_hold",
    "not_computable",
)
# The study's question: the models of this place and this term.
_STRATEGY = ("Table 4.5", "strategy_index")
_SIMULATION = "cluster_inference.csv"
_READ = {
    "verdicts": "select * from report.tab_t_08_verdicts order by row_sort_order",
    "curve": "select * from report.tab_t_14_specification_curve order by outcome_variable_sort_order",
    "clusters": "select * from marts.mart_statistics__cluster where result_status = 'ok' order by analysis_id, cluster_number",
    "models": "select * from marts.mart_statistics__regression_model where result_status = 'ok' order by analysis_id",
    "runs": "select * from marts.mart_statistics__run",
}

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Findings:
    """Rows of the marts that the page is written from, in a fixed order."""

    verdicts: Sequence[Row]
    curve: Sequence[Row]
    clusters: Sequence[Row]
    models: Sequence[Row]
    runs: Sequence[Row]


def read_findings(connection: duckdb.DuckDBPyConnection) -> Findings | None:
    """Read what the page needs; None where the warehouse has no results of the statistics step."""
    try:
        return Findings(**{name: _rows(connection, sql) for name, sql in _READ.items()})
    except duckdb.CatalogException:
        return None


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[Row]:
    cursor = connection.execute(sql)
    columns = [str(column[0]) for column in cursor.description]
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def render_findings(findings: Findings, page: str, *, is_synthetic: bool) -> str:
    """HTML of the page in both languages; `page` is the relative address of the figures and tables."""
    return render_document(
        environment(PACKAGE),
        "findings.html",
        titles={language: SENTENCES[language]["title"] for language in LANGUAGES},
        banner={language: TEXTS[language]["synthetic_banner"] for language in LANGUAGES if is_synthetic},
        views={language: _Writer(findings, language).view() for language in LANGUAGES},
        page=page,
    )


class _Writer:
    """Writes the sentences of one language."""

    def __init__(self, findings: Findings, language: str) -> None:
        self._findings = findings
        self._language = language
        self._texts = SENTENCES[language]

    def view(self) -> dict[str, Any]:
        """Return what the template shows."""
        return {
            "language": self._language,
            "texts": self._texts,
            "counts": self._counts(),
            "strategy_lead": self._say(
                "strategy_lead", n=sum(row["n_specifications"] for row in self._findings.curve)
            ),
            "strategy": list(self._strategy()),
            "verdicts": [(self._texts[verdict], self._by_place(verdict)) for verdict in VERDICTS],
            "chance": self._chance(),
            "motives": list(self._motives()),
            "gaps": list(self._gaps()),
            "record": [self._record(row) for row in self._findings.runs],
        }

    def _counts(self) -> str:
        n = dict.fromkeys(VERDICTS, 0)
        for row in self._findings.verdicts:
            n[row["verdict"]] += 1
        total, lost = len(self._findings.verdicts), n["not_computable"]
        return self._say(
            "counts",
            n=total,
            published=total - lost - n["does_not_hold"],
            holds=n["holds"],
            naive=n["holds_naively_only"],
            uncorrected=n["holds_uncorrected_only"],
            one=n["depends_on_one_institution"],
            not_significant=n["does_not_hold"],
            no_result=self._say("no_result", n=lost) if lost else "",
        )

    def _strategy(self) -> Iterator[str]:
        curve = {row["outcome_variable"]: row for row in self._findings.curve}
        for row in self._findings.verdicts:
            if (row["report_place_label_en"], row["term"]) != _STRATEGY or row[
                "outcome_variable"
            ] not in curve:
                continue
            shares = curve[row["outcome_variable"]]
            yield self._say(
                "strategy_sentence",
                outcome=row[f"outcome_variable_label_{self._language}"],
                verdict=self._texts[f"verdict_{row['verdict']}"],
                positive=self._number(shares["positive_share"], Style.WHOLE_PERCENT),
                significant=self._number(shares["significant_share"], Style.WHOLE_PERCENT),
                cr2_significant=self._number(shares["cr2_significant_share"], Style.WHOLE_PERCENT),
                **self._tests(row),
            )

    def _by_place(self, verdict: str) -> list[tuple[str, list[str]]]:
        chosen = [row for row in self._findings.verdicts if row["verdict"] == verdict]
        return [
            (place, [self._finding(row) for row in rows])
            for place, rows in groupby(
                chosen, key=lambda row: str(row[f"report_place_label_{self._language}"])
            )
        ]

    def _finding(self, row: Row) -> str:
        is_group = row["measure"] == "f_value"
        named = {
            "term": row[f"term_label_{self._language}"],
            "outcome": row[f"outcome_variable_label_{self._language}"],
            "subset": f" ({label})" if (label := row[f"subset_label_{self._language}"]) else "",
        }
        kind = "finding_f_value" if is_group else "finding_coefficient"
        text = self._say(kind, **named, **self._tests(row))
        if row["result_reason"]:
            return text + self._say("finding_reason", reason=row["result_reason"])
        beside = "finding_group" if is_group else f"finding_{row['level']}s"
        text += self._say(beside, **self._tests(row))
        if row["lowest_estimate"] is not None:
            low, high = (
                self._number(row[f"{end}_estimate"], Style.FINE_DECIMAL) for end in ("lowest", "highest")
            )
            text += self._say("finding_range", low=low, high=high)
        return text + "."

    def _tests(self, row: Row) -> dict[str, str]:
        style = Style.DECIMAL if row["measure"] == "f_value" else Style.FINE_DECIMAL
        columns = {"p": "p_value", "cr2": "cr2_p_value", "wild": "wild_p_value"}
        columns |= {"holm": "holm_p_value", "spearman": "spearman_p_value"}
        told = {name: self._number(row[column], Style.PROBABILITY) for name, column in columns.items()}
        return told | {"estimate": self._number(row["estimate"], style)}

    def _chance(self) -> dict[str, Any]:
        """Return the table of the simulation that the package brings (docs/cluster_inference.md)."""
        text = files("staff_mobility.statistics").joinpath(_SIMULATION).read_text(encoding="utf-8")
        rows = [
            row
            for row in csv.DictReader(text.splitlines())
            if (row["design"], row["term"]) == ("table_4_5", _STRATEGY[1])
        ]
        shares = list(dict.fromkeys(row["icc"] for row in rows))
        methods = list(dict.fromkeys(row["method"] for row in rows))
        rates = {(row["method"], row["icc"]): float(row["rejection_rate"]) for row in rows}
        return {
            "lead": self._say("chance_lead", runs=self._number(int(rows[0]["runs"]), Style.WHOLE)),
            "columns": [self._number(float(share), Style.WHOLE_PERCENT) for share in shares],
            "rows": [
                (self._texts[method], [self._number(rates[method, share], Style.PERCENT) for share in shares])
                for method in methods
            ],
        }

    def _motives(self) -> Iterator[str]:
        for row in self._findings.clusters:
            yield self._say(
                "motives_sentence",
                number=row["cluster_number"],
                n=self._number(row["n_observations"], Style.WHOLE),
                mean=self._number(row["mean_motives_ticked"], Style.DECIMAL),
                least=row["min_motives_ticked"],
                most=row["max_motives_ticked"],
            )
        for row in self._findings.clusters[:1]:
            mean, least = (
                self._number(row[f"adjusted_rand_{end}"], Style.DECIMAL) for end in ("mean", "min")
            )
            yield self._say("motives_stability", mean=mean, least=least)

    def _gaps(self) -> Iterator[str]:
        for row in self._findings.models:
            if row["report_place"] == _STRATEGY[0]:
                n, lost = row["n_observations"], row["n_left_out_by_missing"]
                yield self._say(
                    "gaps_sentence",
                    outcome=row[f"outcome_variable_label_{self._language}"],
                    n=self._number(n, Style.WHOLE),
                    total=self._number(n + lost, Style.WHOLE),
                )

    def _record(self, row: Row) -> str:
        return self._say(
            "record_sentence",
            plan=row["plan_version"],
            hash=str(row["plan_hash"])[:12],
            code=row["code_version"],
            libraries=row["library_versions"],
            extracts=row["extract_ids"],
        )

    def _say(self, key: str, **values: Any) -> str:
        return self._texts[key].format(**values)

    def _number(self, value: float | None, style: Style) -> str:
        return MISSING if value is None else format_value(value, style, self._language)
