"""Small invented marts of counts with the real marts' names, columns and statements, for the disclosure control to work on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import yaml
from warehouse_build import PROJECT

from staff_mobility.publish.disclosure import Disclosure
from staff_mobility.publish.marts import Audience, Column, Mart, quoted
from staff_mobility.publish.suppression.control import FormerPublication, Suppression
from staff_mobility.publish.suppression.settings import Rules

KEYS = {
    "mart_usage__institution_year": ("institution_key", "year"),
    "mart_usage__institution": ("institution_key",),
    "mart_structure__entity_year": ("institution_key", "reporting_institution_key", "year"),
}
COLUMNS = {
    "mart_usage__institution_year": (
        *("institution_key", "year", "n_stays", "n_teaching_stays", "n_training_stays", "n_combined_stays"),
        *("n_reuse_stays", "staff_fte", "mobilities_per_100_fte"),
    ),
    "mart_usage__institution": (
        *("institution_key", "n_stays", "stay_share", "n_reuse_stays", "reuse_share"),
        "mobilities_per_100_fte",
    ),
    "mart_structure__entity_year": (
        *("institution_key", "reporting_institution_key", "year", "n_stays", "staff_fte"),
    ),
}
_FACTS = "fct_mobility"
# As dbt's models compute them, in plain SQL.
_MARTS_SQL = """
create table marts.mart_structure__entity_year as
select institution_key, reporting_institution_key, year, cast(count(*) as double) as n_stays, max(f.fte) as staff_fte
from marts.fct_mobility left join fte as f using (institution_key, reporting_institution_key, year) group by all
union all
select institution_key, reporting_institution_key, year, 0.0, fte from fte
where not exists (
    select 1 from marts.fct_mobility as m where m.institution_key = fte.institution_key
    and m.reporting_institution_key = fte.reporting_institution_key and m.year = fte.year
);
create table marts.mart_usage__institution_year as
select
    *, 100 * n_stays / staff_fte as mobilities_per_100_fte
from (
    select
        institution_key, year, sum(e.n_stays) as n_stays,
        any_value(coalesce(m.teaching, 0)) as n_teaching_stays, any_value(coalesce(m.training, 0)) as n_training_stays,
        any_value(coalesce(m.combined, 0)) as n_combined_stays, any_value(coalesce(m.reuse, 0)) as n_reuse_stays,
        sum(e.staff_fte) as staff_fte
    from marts.mart_structure__entity_year as e left join (
        select
            institution_key, year,
            cast(count(*) filter (purpose_key = 'teaching') as double) as teaching,
            cast(count(*) filter (purpose_key = 'training') as double) as training,
            cast(count(*) filter (purpose_key = 'combined') as double) as combined,
            cast(count(*) filter (is_reuse) as double) as reuse
        from marts.fct_mobility group by all
    ) as m using (institution_key, year) group by all
);
create table marts.mart_usage__institution as
select
    institution_key, sum(n_stays) as n_stays, sum(n_stays) / sum(sum(n_stays)) over () as stay_share,
    sum(n_reuse_stays) as n_reuse_stays, sum(n_reuse_stays) / nullif(sum(n_stays), 0) as reuse_share,
    avg(mobilities_per_100_fte) as mobilities_per_100_fte
from marts.mart_usage__institution_year group by all;
"""


@dataclass(frozen=True)
class Example:
    """A working warehouse of stays.

    Attributes:
        stays: A row per stay: institution_key, reporting_institution_key, year, purpose_key, is_reuse, person_key.
        fte: A row per entity and year with staff.
    """

    stays: pd.DataFrame
    fte: pd.DataFrame

    def write(self, file: Path) -> None:
        """Write the warehouse with its marts."""
        file.unlink(missing_ok=True)
        with duckdb.connect(str(file)) as con:
            con.register("stays", self.stays)
            con.register("staff", self.fte)
            con.execute(
                "create schema marts; create table fte as select * from staff;"
                f"create table marts.{_FACTS} as select *, cast(1 as decimal(18, 6)) as n_participants from stays;"
                f"{_MARTS_SQL}"
            )

    @property
    def national(self) -> pd.DataFrame:
        """The country's totals by year and purpose."""
        return self.stays.groupby(["year", "purpose_key"]).size().rename("n_stays").reset_index()


def random_example(seed: int) -> Example:
    """Draw institutions of one to three entities with few stays in few years, many of them by the same persons."""
    chance = np.random.default_rng(seed)
    years = list(range(2015, 2015 + int(chance.integers(2, 5))))
    stays, fte = [], []
    for number in range(int(chance.integers(2, 6))):
        institution = f"i{number}"
        has_staff = chance.random() < 0.7
        for entity in range(int(chance.integers(1, 4))):
            for year in years:
                if has_staff and chance.random() < 0.9:
                    fte.append(
                        (institution, f"{institution}_{entity}", year, round(chance.uniform(50, 900), 2))
                    )
                n_stays = int(chance.poisson(chance.choice([0.5, 2, 7, 20])))
                stays += [
                    (
                        *(institution, f"{institution}_{entity}", year),
                        *(
                            chance.choice(["teaching", "training", "combined"], p=[0.5, 0.4, 0.1]),
                            chance.random() < 0.3,
                        ),
                        f"{institution}_{chance.integers(0, 30)}",
                    )
                    for _ in range(n_stays)
                ]
    names = ["institution_key", "reporting_institution_key", "year", "purpose_key", "is_reuse", "person_key"]
    frame = pd.DataFrame(stays or [("i0", "i0_0", years[0], "teaching", False, "i0_0")], columns=names)
    return Example(frame, pd.DataFrame(fte, columns=[*names[:3], "fte"]))


def grown(example: Example, seed: int) -> Example:
    """The next extract: further stays in the last year, all else as it was."""
    chance = np.random.default_rng(seed)
    last = example.stays[example.stays["year"] == example.stays["year"].max()]
    more = last.sample(n=int(chance.integers(1, 2 * len(last) + 2)), replace=True, random_state=seed)
    more = more.assign(person_key=[f"new_{n}" for n in range(len(more))])
    return Example(pd.concat([example.stays, more], ignore_index=True), example.fte)


def example_marts() -> tuple[Mart, ...]:
    """The marts as dbt's manifest would describe them, with the statements that stand in the project."""
    found = [
        Mart(
            name,
            "marts",
            name,
            Audience.PUBLIC,
            name,
            KEYS[name],
            tuple(Column(each, "") for each in columns),
            said(name),
        )
        for name, columns in COLUMNS.items()
    ]
    facts = Mart(_FACTS, "marts", _FACTS, Audience.ANALYST, _FACTS, ("person_key",), ())
    return (*found, facts)


def said(name: str) -> dict[str, object]:
    """What a mart of the project says of its cells."""
    file = next((PROJECT / "models").rglob(f"{name}.yml"))
    meta: dict[str, dict[str, object]] = yaml.safe_load(file.read_text(encoding="utf-8"))["models"][0][
        "config"
    ]["meta"]
    return meta["disclosure"]


@dataclass(frozen=True)
class Publisher:
    """Publishes examples into a folder, each one after the other."""

    folder: Path
    rules: Rules

    def publish(self, example: Example, name: str, former: str | None = None) -> tuple[Path, Disclosure]:
        """Publish an example under a name; return the file and the control's answer, whatever that says."""
        warehouse, file = self.folder / f"{name}.working.duckdb", self.folder / f"{name}.duckdb"
        example.write(warehouse)
        before = FormerPublication(former, former, self.folder / f"{former}.duckdb") if former else None
        control = Suppression(self.rules, self.folder, before)
        with duckdb.connect() as con:
            con.execute(f"attach '{warehouse}' as working (read_only)")
            con.execute("use working")
            answer = control.control(con, example_marts())
            file.unlink(missing_ok=True)
            con.execute(f"attach '{file}' as made")
            for release in answer.releases:
                if release.is_public:
                    con.execute(f"create table made.main.{quoted(release.mart.name)} as {release.sql}")
            con.execute("detach made")
        if answer.record:
            answer.record.write(self.folder, name)
        return file, answer
