"""From marts to the frames of an analysis: grouped in SQL, ordered, so that two builds sum in the same order.

In a frame the sending institution is `sender`: `institution` is the outcome for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from staff_mobility.statistics.cells import Cells, Floats
from staff_mobility.statistics.clustering import Patterns
from staff_mobility.statistics.correlation import PairCounts
from staff_mobility.statistics.group_difference import GroupCells
from staff_mobility.statistics.marts import Marts
from staff_mobility.statistics.mixed import PersonRows
from staff_mobility.statistics.ordered import OrderedCells
from staff_mobility.statistics.plan import Plan, Variable
from staff_mobility.statistics.status import NoResultError, Status

_REPORTS, _CELLS = "mart_outcomes__report", "mart_statistics__predictor_cell"
_WEIGHT = "cast(sum(n_participants) as double)"
_CATEGORIES = ("personal", "quality", "institution")


class Frames:
    """Frames of one plan on one set of marts."""

    def __init__(self, plan: Plan, marts: Marts) -> None:
        self._plan = plan
        self._marts = marts

    # Institutions

    @cached_property
    def institutions(self) -> pd.DataFrame:
        """Variables of institutions: one row per institution, one column per variable_key."""
        long = self._marts.read(
            "select institution_key, variable_key, variable_value from mart_statistics__institution_variable"
            " order by all"
        )
        return long.pivot(index="institution_key", columns="variable_key", values="variable_value")

    @cached_property
    def labels(self) -> dict[str, dict[str, str]]:
        """Label by language of each variable_key."""
        rows = self._marts.read(
            "select distinct variable_key, label_nb, label_en from mart_statistics__institution_variable order by all"
        )
        return {
            str(key): {"nb": str(nb), "en": str(en)}
            for key, nb, en in rows.itertuples(index=False, name=None)
        }

    @cached_property
    def item_labels(self) -> dict[str, dict[str, str]]:
        """Label by language of each item of the report."""
        rows = self._marts.read("select item_key, label_nb, label_en from dim_outcome_item order by all")
        return {
            str(key): {"nb": str(nb), "en": str(en)}
            for key, nb, en in rows.itertuples(index=False, name=None)
        }

    def institution_pairs(self, x: str, y: str, subset: str | None) -> PairCounts:
        """Return two variables of institutions, one observation each.

        Raises:
            NoResultError: A variable or an institution of the subset is unknown.
        """
        table = pd.DataFrame({"x": self._of_institutions(x), "y": self._of_institutions(y)})
        table = self._left_out(table.rename_axis("sender").reset_index(), subset).dropna()
        return PairCounts(
            _floats(table["x"]), _floats(table["y"]), np.ones(len(table)), _texts(table["sender"])
        )

    def _of_institutions(self, name: str) -> pd.Series:
        """Return a variable of institutions, indexed by their keys."""
        variable = self._plan.variable(name)
        if unknown := sorted(set(variable.keys) - set(self.institutions.columns)):
            raise NoResultError(
                Status.UNKNOWN_VARIABLE,
                f"{', '.join(unknown)} is no variable_key of mart_statistics__institution_variable; neither the"
                " plan nor the extracts define it.",
            )
        summed = self.institutions[list(variable.keys)].sum(axis=1, skipna=False)
        return _dummy(summed, variable)

    # Reports

    def pairs(self, x: str, y: str, subset: str | None) -> PairCounts:
        """Return two variables of reports, grouped by their values and the institution.

        Raises:
            NoResultError: A variable or an institution of the subset is unknown.
        """
        table = self._grouped([x, y], subset)
        kept = table.dropna()
        return PairCounts(_floats(kept[x]), _floats(kept[y]), _floats(kept["n"]), _texts(kept["sender"]))

    def groups(self, column: str, y: str, subset: str | None) -> GroupCells:
        """Return an outcome by the values of a column of mart_outcomes__report.

        Raises:
            NoResultError: A variable, the column or an institution of the subset is unknown.
        """
        self._require_columns([column])
        table = self._grouped([y], subset, extra=[column]).dropna()
        outcome, n = _floats(table[y]), _floats(table["n"])
        return GroupCells(_texts(table[column]), n, outcome * n, outcome**2 * n, _texts(table["sender"]))

    def cells(self, x: Sequence[str], y: str, subset: str | None) -> Cells:
        """Return an outcome by its predictors, compressed; reports that lack a value are left out.

        The mart of cells is read where it has all columns. For others the reports are grouped here.

        Raises:
            NoResultError: A variable or an institution of the subset is unknown.
        """
        grouped = self._read_cells(x, y) if self._mart_has(x, y) else self._group_cells(x, y)
        table = self._left_out(grouped, subset).dropna()
        return Cells(
            tuple(x),
            _floats(table[list(x)]),
            _floats(table["n"]),
            _floats(table["y_sum"]),
            _floats(table["y_square_sum"]),
            _texts(table["sender"]),
        )

    def n_with(self, names: Sequence[str], subset: str | None) -> float:
        """Return the number of reports that have a value of every variable named."""
        return float(self._grouped(names, subset).dropna()["n"].sum())

    def rows(
        self, x: Sequence[str], y: str, subset: str | None, auxiliary: Sequence[str] = ()
    ) -> pd.DataFrame:
        """Return single reports with missing values: variables by name, sender, person and weight n.

        Raises:
            NoResultError: A variable or an institution of the subset is unknown.
        """
        names = list(dict.fromkeys([y, *x, *auxiliary]))
        columns = self._columns_of(names)
        listed = "".join(f", {column}" for column in columns)
        raw = self._marts.read(
            f"select institution_key as sender, person_key as person, cast(n_participants as double) as n"  # noqa: S608
            f"{listed} from {_REPORTS} order by all"
        )
        return self._left_out(self._with_variables(raw, names), subset)[["sender", "person", "n", *names]]

    def person_rows(self, x: Sequence[str], y: str, subset: str | None) -> PersonRows:
        """Return single reports with the person who made them.

        Raises:
            NoResultError: Some report counts as a part only, or a variable is unknown.
        """
        table = self.rows(x, y, subset).dropna(subset=[y, *x])
        if (table["n"] != 1).any():
            raise NoResultError(
                Status.NOT_APPLICABLE,
                "Reports of an institution that was divided count in parts; a person's effect is defined for whole"
                " reports only.",
            )
        return PersonRows(
            tuple(x),
            _floats(table[list(x)]),
            _floats(table[y]),
            _texts(table["sender"]),
            pd.factorize(table["person"])[0],
        )

    def items(self) -> pd.DataFrame:
        """Return the items of the report: item_key and outcome_group, in the order of the questionnaire."""
        return self._marts.read(
            "select item_key, outcome_group from dim_outcome_item order by sort_order, item_key"
        )

    def answers(self, item: str, x: Sequence[str], subset: str | None) -> OrderedCells:
        """Return the answers to one item by predictors.

        Raises:
            NoResultError: A variable, the item or an institution of the subset is unknown.
        """
        if item not in set(self.items()["item_key"]):
            raise NoResultError(Status.UNKNOWN_VARIABLE, f"{item} is no item of dim_outcome_item.")
        columns = self._columns_of(x)
        listed = "".join(f", reports.{column}" for column in columns)
        quoted = item.replace("'", "''")
        raw = self._marts.read(
            f"select reports.institution_key as sender, answers.answer_value as answer,"  # noqa: S608
            f" cast(sum(reports.n_participants) as double) as n{listed}"
            f" from fct_outcome_answer as answers inner join {_REPORTS} as reports"
            f" on answers.report_key = reports.report_key"
            f" where answers.item_key = '{quoted}' and answers.answer_value is not null"
            f" group by all order by all"
        )
        table = self._left_out(self._with_variables(raw, x), subset).dropna(subset=list(x))
        return OrderedCells(
            tuple(x),
            _floats(table[list(x)]),
            table["answer"].to_numpy(dtype=int),
            _floats(table["n"]),
            _texts(table["sender"]),
        )

    def curve_cells(
        self, y: str, variables: Sequence[str], tie_order: Sequence[str], minimum_answered_share: float
    ) -> pd.DataFrame:
        """Return the cells of an outcome index under other rules than those of the warehouse.

        Args:
            y: The outcome.
            variables: Predictors beside the dominating motive.
            tie_order: Categories of motives; of those with the same largest share the first wins. If empty, ties leave the
                report without a dominating motive.
            minimum_answered_share: Share of the asked items that must be answered.

        Returns:
            One row per sender and values: sender, the variables, dominating_motive, n, y_sum and y_square_sum.
        """
        group = self._outcome_group(y)
        mean, answered, asked = (
            f"{group}_answered_mean", f"n_{group}_items_answered", f"n_{group}_items_asked",
        )  # fmt: skip
        shares = [f"{category}_motive_share" for category in _CATEGORIES]
        self._require_columns([mean, answered, asked, *shares])
        listed = "".join(f", {column}" for column in self._columns_of(variables))
        # Decimals, because a sum of doubles depends on the threads that make it.
        sums = ", ".join(
            f"cast(sum(cast({square} * n_participants as decimal(38, 15))) as double) as {name}"
            for name, square in (("y_sum", mean), ("y_square_sum", f"{mean} * {mean}"))
        )
        raw = self._marts.read(
            f"select institution_key as sender{listed}, {_dominating(tie_order)} as dominating_motive,"  # noqa: S608
            f" {_WEIGHT} as n, {sums} from {_REPORTS}"
            f" where {mean} is not null and {answered} >= {minimum_answered_share} * {asked} group by all order by all"
        )
        names = [*variables, "dominating_motive", "n", "y_sum", "y_square_sum"]
        return self._with_variables(raw, variables)[["sender", *names]]

    def pattern_of_gaps(self, names: Sequence[str], subset: str | None) -> pd.DataFrame:
        """Return variables of reports, grouped by their values, gaps included: the variables and weight n.

        Raises:
            NoResultError: A variable or an institution of the subset is unknown.
        """
        return self._grouped(names, subset)

    def tick_patterns(self, subset: str | None) -> Patterns:
        """Return the patterns of ticked motives with the number of reports that have each.

        Raises:
            NoResultError: An institution of the subset is unknown.
        """
        columns = sorted(
            column
            for column in self._marts.columns("mart_motives__report")
            if column.startswith("is_") and column != "is_motive_tied"
        )
        raw = self._marts.read(
            f"select institution_key as sender, {', '.join(columns)}, {_WEIGHT} as n from mart_motives__report"  # noqa: S608
            f" where {columns[0]} is not null group by all order by all"
        )
        table = self._left_out(raw, subset).drop(columns="sender").groupby(columns, as_index=False).sum()
        return Patterns(
            table[columns].to_numpy(dtype=np.int8),
            _floats(table["n"]),
            tuple(column.removeprefix("is_") for column in columns),
        )

    def left_out(self, table: pd.DataFrame, subset: str | None) -> pd.DataFrame:
        """Return a frame without the institutions that a subset leaves out.

        Raises:
            NoResultError: One of them is unknown.
        """
        return self._left_out(table, subset)

    # How it is done

    def _grouped(self, names: Sequence[str], subset: str | None, extra: Sequence[str] = ()) -> pd.DataFrame:
        """Group reports by variables, further columns and the institution; weights are in n."""
        columns = list(dict.fromkeys([*self._columns_of(names), *extra]))
        listed = "".join(f", {column}" for column in columns)
        raw = self._marts.read(
            f"select institution_key as sender{listed}, {_WEIGHT} as n from {_REPORTS}"  # noqa: S608
            " group by all order by all"
        )
        return self._left_out(self._with_variables(raw, names), subset)[["sender", "n", *names, *extra]]

    def _mart_has(self, x: Sequence[str], y: str) -> bool:
        is_index = f"n_{self._outcome_group(y)}_items_answered" in self._marts.columns(_REPORTS)
        return is_index and set(self._columns_of(x)) <= self._marts.columns(_CELLS)

    def _outcome_group(self, y: str) -> str:
        """Return the group whose index an outcome is; its other columns bear its name."""
        return (self._plan.variable(y).column or "").removesuffix("_index")

    def _read_cells(self, x: Sequence[str], y: str) -> pd.DataFrame:
        group = self._outcome_group(y)
        listed = "".join(f", {column}" for column in self._columns_of(x))
        # Few rows, added in a fixed order by pandas: DuckDB's own sum of doubles depends on its threads.
        raw = self._marts.read(
            f"select institution_key as sender{listed}, cast(n_participants as double) as n,"  # noqa: S608
            f" outcome_sum as y_sum, outcome_square_sum as y_square_sum from {_CELLS}"
            f" where outcome_group = '{group}' and n_participants > 0 order by all"
        )
        table = self._with_variables(raw, x)[["sender", *x, "n", "y_sum", "y_square_sum"]]
        return _summed(table, ["sender", *x])

    def _group_cells(self, x: Sequence[str], y: str) -> pd.DataFrame:
        table = self._grouped([*x, y], None).dropna(subset=[y])
        table["y_sum"] = table["n"] * table[y]
        table["y_square_sum"] = table["n"] * table[y] ** 2
        return _summed(table[["sender", *x, "n", "y_sum", "y_square_sum"]], ["sender", *x])

    def _columns_of(self, names: Sequence[str]) -> list[str]:
        """Return the columns of mart_outcomes__report behind variables of reports."""
        variables = [self._plan.variable(name) for name in names]
        columns = list(dict.fromkeys(variable.column for variable in variables if variable.column))
        self._require_columns(columns)
        return columns

    def _require_columns(self, columns: Sequence[str]) -> None:
        if unknown := sorted(set(columns) - self._marts.columns(_REPORTS)):
            raise NoResultError(Status.UNKNOWN_VARIABLE, f"{', '.join(unknown)} is no column of {_REPORTS}.")

    def _with_variables(self, raw: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
        """Add a column per variable; a column of the mart and a variable may bear the same name."""
        made = {name: self._values(raw, self._plan.variable(name)) for name in names}
        return raw.assign(**made)

    def _values(self, raw: pd.DataFrame, variable: Variable) -> pd.Series:
        if variable.column is None:
            # By number, not by key: there may be millions of rows of few senders.
            numbers, senders = pd.factorize(raw["sender"])
            values = self._of_institutions(variable.name).reindex(senders).to_numpy(dtype=float)
            return pd.Series(values[numbers], index=raw.index)
        return _dummy(raw[variable.column], variable)

    def _left_out(self, table: pd.DataFrame, subset: str | None) -> pd.DataFrame:
        if subset is None:
            return table
        keys = self._plan.subsets[subset]
        if unknown := sorted(set(keys) - set(self.institutions.index)):
            raise NoResultError(
                Status.UNKNOWN_INSTITUTION,
                f"{', '.join(unknown)}, which the subset {subset} leaves out, is no institution of the marts.",
            )
        return table[~table["sender"].isin(keys)]


def _dominating(tie_order: Sequence[str]) -> str:
    """Return the expression of the category of motives with the largest share ticked, ties decided by an order."""
    largest = f"greatest({', '.join(f'{category}_motive_share' for category in _CATEGORIES)})"
    is_largest = {category: f"{category}_motive_share = {largest}" for category in _CATEGORIES}
    n_largest = " + ".join(f"cast({condition} as integer)" for condition in is_largest.values())
    alone = [
        f"when {n_largest} = 1 and {condition} then '{category}'"
        for category, condition in is_largest.items()
    ]
    tied = [f"when {is_largest[category]} then '{category}'" for category in tie_order]
    return f"case when {largest} <= 0 then null {' '.join([*alone, *tied])} end"


def _dummy(values: pd.Series, variable: Variable) -> pd.Series:
    """Return numbers: 1 and 0 for a value that the variable asks for, and a gap where there is none."""
    if variable.equals is None:
        return pd.to_numeric(values).astype(float)
    return (values == variable.equals).astype(float).where(values.notna())


def _summed(table: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    return table.groupby(list(keys), dropna=False, sort=True, as_index=False).sum()


def _floats(values: pd.Series | pd.DataFrame) -> Floats:
    return np.asarray(values.to_numpy(dtype=float))


def _texts(values: pd.Series) -> NDArray[np.str_]:
    return np.asarray(values.astype(str).to_numpy(dtype=str))
