"""The published measures, computed again by the oracle, equal the warehouse's; see oracle/__init__.py."""

import ast
import shutil
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest
from oracle import answers, open_data
from oracle.compare import differences, read_rows
from oracle.institutions import Institutions
from oracle.persons import person_of
from oracle.rates import institution_rates
from oracle.read_extracts import LAYOUT_OF, extract_files
from oracle.stays import region_of, stay_numbers
from oracle.tables import FIGURES, MARTS, OF_OPEN_DATA
from oracle.versions import newest
from oracle.world import World, read_world
from warehouse_build import ONLY_CORRELATIONS, Workplace

ORACLE = Path(__file__).parent / "oracle"

# A day on which eleven of the later mergers had not happened yet.
EARLIER_STRUCTURE = "2015-12-31"


@pytest.fixture(scope="session")
def world() -> World:
    return read_world()


@pytest.fixture(scope="session")
def earlier_world() -> World:
    return read_world(EARLIER_STRUCTURE)


@pytest.fixture(scope="session")
def earlier_warehouse(demo_workplace: Workplace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration warehouse, rebuilt on the structure of an earlier day."""
    place = Workplace(tmp_path_factory.mktemp("earlier"))
    shutil.copy(demo_workplace.warehouse, place.warehouse)
    # No table with an oracle needs more; one that was left out would stand as on the present structure and differ.
    run = place.dbt("run", "--quiet", "--vars", f"structure_date: {EARLIER_STRUCTURE}", *ONLY_CORRELATIONS)
    assert run.returncode == 0, run.stdout
    return place.warehouse


OF_STATISTICS = frozenset(
    {
        "tab_4_05_outcome_regressions",
        "tab_t_06_correlations_in_text",
        "tab_t_07_group_differences",
        "tab_t_08_verdicts",
        "tab_t_09_strategy_and_outcome_robustness",
        "tab_t_10_motive_clusters",
        "tab_t_11_missing_values",
        "tab_t_12_estimate_difference",
        "tab_t_13_items_ordered",
        "tab_t_14_specification_curve",
        "tab_t_15_motive_cluster_stability",
    }
)

# What is made of the cells of other figures: test_replication.py computes it again from them.
OF_OTHER_FIGURES = frozenset(
    {
        "tab_r_01_replication_score",
        "tab_r_02_replication_values",
        "tab_t_16_numbers_in_text",
        "tab_t_17_claims_in_text",
    }
)

# What is made of print alone, which test_audit.py tests on cases made by hand.
OF_PRINT = frozenset({"tab_a_01_audit_findings", "tab_a_02_audit_evidence"})


def assert_none(said: list[str]) -> None:
    assert not said, f"{len(said)} differences, the first:\n" + "\n".join(said[:20])


@pytest.mark.parametrize("table", FIGURES)
def test_every_cell_of_a_figure_equals_the_oracles(table: str, world: World, built_warehouse: Path) -> None:
    measure, keys = FIGURES[table]
    assert_none(differences(measure(world), read_rows(built_warehouse, f"from report.{table}"), keys))


@pytest.mark.parametrize("table", OF_OPEN_DATA)
def test_every_figure_of_the_open_data_equals_the_oracles(
    table: str, world: World, built_warehouse: Path
) -> None:
    measure, keys = FIGURES[OF_OPEN_DATA[table]]
    expected = measure(open_data.open_world(world))
    assert_none(differences(expected, read_rows(built_warehouse, f"from report.{table}"), keys))


@pytest.mark.parametrize("table", OF_OPEN_DATA)
def test_every_figure_of_the_open_data_equals_the_oracles_on_an_earlier_structure(
    table: str, earlier_world: World, earlier_warehouse: Path
) -> None:
    measure, keys = FIGURES[OF_OPEN_DATA[table]]
    expected = measure(open_data.open_world(earlier_world))
    assert_none(differences(expected, read_rows(earlier_warehouse, f"from report.{table}"), keys))


def test_every_figure_of_the_warehouse_has_an_oracle(built_warehouse: Path) -> None:
    query = "select table_name as name from information_schema.tables where table_schema = 'report'"
    shown = {row["name"] for row in read_rows(built_warehouse, query)}
    # What the statistics step computes is held to R (test_statistics_r_reference.py) and to unit tests.
    assert shown >= OF_STATISTICS | OF_OTHER_FIGURES | OF_PRINT
    assert shown - OF_STATISTICS - OF_OTHER_FIGURES - OF_PRINT == {
        *FIGURES,
        *OF_OPEN_DATA,
        *(name for name in MARTS if name.startswith(("fig_", "tab_"))),
    }


@pytest.mark.parametrize("table", MARTS)
def test_every_cell_of_a_mart_equals_the_oracles(table: str, world: World, built_warehouse: Path) -> None:
    query, measure, keys = MARTS[table]
    assert_none(differences(measure(world), read_rows(built_warehouse, query), keys))


@pytest.mark.parametrize("table", FIGURES)
def test_every_figure_equals_the_oracles_on_an_earlier_structure(
    table: str, earlier_world: World, earlier_warehouse: Path
) -> None:
    measure, keys = FIGURES[table]
    rows = read_rows(earlier_warehouse, f"from report.{table}")
    assert_none(differences(measure(earlier_world), rows, keys))


@pytest.mark.parametrize("table", MARTS)
def test_every_mart_equals_the_oracles_on_an_earlier_structure(
    table: str, earlier_world: World, earlier_warehouse: Path
) -> None:
    query, measure, keys = MARTS[table]
    assert_none(differences(measure(earlier_world), read_rows(earlier_warehouse, query), keys))


def test_the_earlier_structure_has_other_institutions(world: World, earlier_world: World) -> None:
    today, then = set(world.sector_institutions()), set(earlier_world.sector_institutions())
    assert len(today) == 21
    assert {"hib", "hsf", "hsh", "hist", "hia_alesund", "khib", "uin", "hioa"} <= then - today
    assert {"oslomet"} <= today - then


def test_the_warehouse_sees_the_same_persons(world: World, built_warehouse: Path) -> None:
    rows = pd.DataFrame(read_rows(built_warehouse, "select person_key, report_key from marts.fct_mobility"))
    warehouse = set(rows.groupby("person_key")["report_key"].agg(frozenset))
    assert warehouse == set(world.stays.groupby("person")["report_key"].agg(frozenset))


def test_former_institutions_reports_lead_to_the_present_one(world: World, built_warehouse: Path) -> None:
    query = """
        select distinct reporting_institution_key as former, institution_key as today
        from marts.fct_mobility
    """
    rows = read_rows(built_warehouse, query)
    assert [row for row in rows if world.institutions.present(row["former"]) != row["today"]] == []


# Counted from the raw files with awk and a few lines of Python: stays under each name (one of OsloMet's stands in both systems),
# FTE of 2014 and 2015 without secondary positions.
COUNTED_BY_HAND = {
    ("oslomet", "oslomet"): (411, None, None),
    ("oslomet", "hioa"): (319, 2255.08, 2308.77),
    ("oslomet", "hio_oslo"): (6, None, None),
    ("oslomet", "hiak"): (4, None, None),
    ("usn", "usn"): (158, None, None),
    ("usn", "hsn"): (149, None, None),
    ("usn", "hbv"): (24, 1190.7, 1216.96),
    ("usn", "hit_telemark"): (35, 935.55, 956.19),
    ("usn", "hibu"): (3, None, None),
    ("usn", "hive"): (1, None, None),
    ("uib", "uib"): (278, 2964.12, 2996.34),
    ("uib", "khib"): (2, 97.99, 99.05),
}


def test_three_institutions_are_as_counted_by_hand(built_warehouse: Path) -> None:
    query = """
        select
            institution_key,
            reporting_institution_key,
            sum(n_stays) as n_stays,
            max(staff_fte) filter (where year = 2014) as fte_2014,
            max(staff_fte) filter (where year = 2015) as fte_2015
        from marts.mart_structure__entity_year
        where institution_key in ('oslomet', 'usn', 'uib')
        group by all
    """
    found = {
        (row["institution_key"], row["reporting_institution_key"]): (
            row["n_stays"],
            row["fte_2014"],
            row["fte_2015"],
        )
        for row in read_rows(built_warehouse, query)
    }
    assert found == COUNTED_BY_HAND


def test_each_motive_is_ticked_as_often(world: World, built_warehouse: Path) -> None:
    query = "select motive_key, count(*) as n from marts.fct_motive_choice where is_ticked group by all"
    ticked = answers.motive_choices(world).query("is_ticked == True")["motive_key"]
    assert {row["motive_key"]: row["n"] for row in read_rows(built_warehouse, query)} == Counter(ticked)


def test_each_statement_has_the_same_answers_and_mean(world: World, built_warehouse: Path) -> None:
    query = """
        select item_key, count(answer_value) as n, avg(answer_value) as mean
        from marts.fct_outcome_answer
        group by all
    """
    answered = answers.outcome_answers(world).dropna(subset="answer_value")
    groups = answered.groupby("item_key")["answer_value"]
    means = [{"item_key": item, "n": len(v), "mean": Fraction(sum(v), len(v))} for item, v in groups]
    expected = pd.DataFrame(means)
    assert_none(differences(expected, read_rows(built_warehouse, query), ["item_key"]))


def test_twenty_institutions_answered_fifteen_questions(world: World) -> None:
    rows = answers.survey_answers(world)
    assert (rows["institution_key"].nunique(), rows["question_key"].nunique(), len(rows)) == (20, 15, 300)


def test_the_oracle_shares_no_code_with_the_product() -> None:
    for module in [*ORACLE.glob("*.py"), Path(__file__)]:
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not [name for name in names if name.split(".")[0] in {"staff_mobility", "dbt"}], module


def test_the_oracle_reads_every_extract() -> None:
    assert sorted(path.name for path in extract_files()) == sorted(LAYOUT_OF)


def test_erasmus_codes_agree_whatever_blank_they_carry() -> None:
    institutions = Institutions("2023-05-31")
    written = ("N  AS02", "N AS02", "N\u00a0AS02", "nas02")
    assert {institutions.match({"erasmus_code": code, "name": "nobody"}) for code in written} == {"nmbu"}


def test_a_chain_of_mergers_is_followed_to_the_structures_day_only() -> None:
    assert Institutions("2023-05-31").present("hive") == "usn"
    assert Institutions("2016-06-01").present("hive") == "hsn"
    assert Institutions("2023-05-31").match({"erasmus_code": "N  ELVERUM02"}) == "inn"


def test_a_code_means_who_bore_it_on_the_day() -> None:
    code = {"erasmus_code": "N  KONGSBE02"}
    institutions = Institutions("2015-12-31", "2023-05-31")
    days = ("2013-05-01", "2015-12-31", "2016-01-01", "2018-05-03", "2018-05-04")
    assert [institutions.entity(code, day) for day in days] == ["hbv", "hbv", "hsn", "hsn", "usn"]


def test_what_began_later_counts_for_what_it_began_from_if_that_is_one() -> None:
    then = Institutions("2015-12-31", "2023-05-31")
    assert [then.present(key) for key in ("oslomet", "usn", "hsn", "hvl", "ntnu")] == [
        "hioa",
        "hsn",
        "hsn",
        "hvl",
        "ntnu",
    ]


def test_east_wins_over_the_mediterranean_and_a_partner_country_is_never_south() -> None:
    region = region_of()
    assert [region[code] for code in ("SI", "DK", "PT", "NL", "MA")] == [
        "eastern",
        "nordic",
        "southern",
        "northern",
        "other",
    ]


def test_the_newest_extract_wins_and_inside_it_the_last_row() -> None:
    days = ["2023-05-31", "2021-03-31", "2023-05-31"]
    rows = pd.DataFrame({"system": "tool", "report_id": "1", "extract_date": days, "row": [1, 2, 3]})
    assert list(newest(rows)["row"]) == [3]


def test_a_rate_is_the_mean_of_the_years_not_the_total_over_the_total() -> None:
    stays = pd.DataFrame({"institution_key": ["a"] * 3, "year": [2014, 2014, 2016]})
    staff = {("a", 2014): Fraction(100), ("a", 2015): Fraction(300)}
    assert institution_rates(stays, staff) == {"a": Fraction(1)}


def test_a_row_stands_for_the_persons_it_says_and_for_one_if_it_says_none() -> None:
    said = ("1", "3", "4.7", "", "-", "???", "0")
    assert [open_data.participants(text) for text in said] == [1, 3, 5, 1, 1, 1, 1]


def test_the_newest_delivery_with_half_of_a_year_stands_for_it() -> None:
    rows = [
        (2018, "old", "2021-05-11", 100),
        (2018, "new", "2023-03-15", 49),
        (2019, "old", "2021-05-11", 100),
        (2019, "new", "2023-03-15", 50),
    ]
    columns = ["year", "layout", "extract_date", "n_participants"]
    chosen = open_data.chosen_deliveries(pd.DataFrame(rows, columns=columns))
    assert list(zip(chosen["year"], chosen["layout"], strict=True)) == [(2018, "old"), (2019, "new")]


def stay_of(first_name: str, **different: str) -> dict[str, str]:
    row = {
        "system": "tool",
        "participant_id": "",
        "email": "",
        "last_name": "Nordmann",
        "birth_date": "1970-01-01",
    }
    return {**row, "first_name": first_name, **different}


def test_an_address_of_three_persons_links_nobody_and_one_of_two_links_both() -> None:
    office = [stay_of(name, email="office@example.org") for name in ("Kari", "Ola", "Åse")]
    shared = [stay_of("Per", email="shared@example.org"), stay_of("Pål", email=" Shared@Example.org")]
    persons = person_of(pd.DataFrame(office + shared))
    assert persons.nunique() == 4
    assert persons[3] == persons[4]


def test_a_person_is_linked_through_other_identifiers_but_not_by_another_systems_number() -> None:
    stays = [
        stay_of("Kari", participant_id="1"),
        stay_of("Kari M.", participant_id="1", email="kari@example.org"),
        stay_of("Kari Marie", email="kari@example.org", system="module"),
        stay_of("Ola", participant_id="1", system="module"),
    ]
    assert list(person_of(pd.DataFrame(stays)).duplicated()) == [False, True, True, False]


def test_a_name_is_the_same_whatever_its_case_blanks_and_composition() -> None:
    stays = [
        stay_of("Åse  Marie"),
        stay_of("A\u030aSE\u00a0marie"),
        stay_of("Åse Marie", birth_date="1971-01-01"),
    ]
    assert list(person_of(pd.DataFrame(stays)).duplicated()) == [False, True, False]


def test_stays_are_numbered_by_date_and_then_report_id_wherever_they_were_reported() -> None:
    stays = pd.DataFrame(
        {
            "person": [1, 1, 1, 2],
            "start_date": ["2016-03-01", "2015-03-01", "2016-03-01", "2014-03-01"],
            "report_id": ["b", "c", "a", "d"],
            "institution_key": ["uio", "uib", "ntnu", "uio"],
        }
    )
    assert list(stay_numbers(stays)) == [3, 1, 2, 1]
