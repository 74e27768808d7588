"""Every singular dbt test, and one of each generic kind, is seen failing on a warehouse spoilt for it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import duckdb
import pytest
from warehouse_build import PROJECT, Workplace

DAMAGE = {
    "assert_published_values_are_complete": """
        update reference.published_value set computed_column = null where value_id = 'reports.count'""",
    "assert_published_values_are_found": """
        update replication.mart_replication__value set not_computable_reason = 'no_row', computed_value = null
        where value_id = 'rate.nmh'""",
    "assert_compared_models_are_used": """
        insert into replication.mart_replication__row values ('fig_x', '{}')""",
    "assert_differences_are_explained": """
        update replication.mart_replication__value set replication_verdict = 'differs', computed_value = 0
        where value_id = 'reports.count'""",
    "assert_report_forms_are_listed": """
        delete from reference.question_version
        where layout = 'beneficiary_module_2021' and question_key = 'motive__career'""",
    "assert_positions_have_a_category": """
        update marts.fct_staff_fte set position_category_code = null where position_code = '8013'""",
    "assert_open_data_facts_keep_every_participant": """
        update marts.fct_open_mobility set n_participants = 1 where n_participants = 2""",
    "assert_open_data_is_not_delivered_twice": """
        insert into raw.extract select * replace ('again' as extract_id, 'again' as file_sha256)
        from raw.extract where layout = 'eu_open_data_mobility_2014_2019';
        insert into intermediate.int_open_mobilities_versioned select * replace ('again' as extract_id)
        from intermediate.int_open_mobilities_versioned where year = 2014""",
    "assert_open_data_words_are_known": """
        update intermediate.int_open_mobilities_versioned set row_status = 'unknown_activity'
        where year = 2020""",
    "assert_entities_add_up_to_their_institution": """
        update marts.mart_structure__entity_year set n_stays = n_stays + 1
        where reporting_institution_key = 'hib' and year = 2015""",
    "assert_corrections_still_hold": """
        update staging.stg_corrections__source_corrections set correction_state = 'source_has_changed'""",
    "assert_corrections_can_be_applied": """
        update staging.stg_corrections__source_corrections set column_name = 'institution_kode'""",
    "assert_every_institution_is_known": """
        update intermediate.int_institution_references_resolved set institution_key = 'unknown'
        where dbh_code = '1110' and source_system = 'dbh'""",
    "assert_identifiers_lead_to_one_institution": """
        update reference.institution_identifier set valid_from = date '2015-01-01'
        where institution_key = 'hsn' and identifier_type = 'erasmus_code'""",
    "assert_validity_does_not_overlap": """
        update reference.institution_cluster set valid_to = date '2022-01-01'
        where institution_key = 'uia'""",
    "assert_dbh_maps_institutions_alike": """
        update marts.bridge_institution_lineage set institution_key = 'uio'
        where reporting_institution_key = 'hsn'""",
    "assert_lineage_has_no_cycle": """
        update intermediate.int_institution_events_checked set is_on_cycle = true
        where from_institution_key = 'hibo'""",
    "assert_lineage_weights_add_up": """
        update marts.bridge_institution_lineage set institution_weight = 0.5
        where reporting_institution_key = 'hihm'""",
    "assert_every_structure_keeps_the_totals": """
        update marts.bridge_institution_lineage set institution_weight = 0.5
        where reporting_institution_key = 'hihm'""",
    "assert_event_weights_add_up": """
        update reference.institution_event set weight = 0.9 where from_institution_key = 'hig'""",
    "assert_former_institutions_have_a_successor": """
        update reference.institution set is_present = true where institution_key = 'hih'""",
    "assert_names_agree_with_codes": """
        update quality.quality_institution_references set name_check = 'contradicts'
        where reporting_institution_key = 'nmh'""",
    "assert_events_fit_their_entities": """
        update reference.institution_event set event_date = date '1990-01-01'
        where from_institution_key = 'hist'""",
    "assert_persons_are_fully_linked": """
        update intermediate.int_persons_linked set person_key = report_key where linked_by = 'email'""",
    "assert_ledger_adds_up": """
        update quality.mart_quality__ledger set n_current_rows = n_current_rows - 1, is_balanced = false
        where source_system = 'dbh'""",
    "assert_few_reports_are_withdrawn": """
        update quality.mart_quality__extract_difference set report_change = 'withdrawn'
        where report_change = 'added'""",
    "assert_progress_keeps_every_stay": """
        update intermediate.int_programme_starts_counted set n_stays = n_stays + 1
        where call_year = 2015 and departure_year = 2015""",
    "assert_facts_keep_every_report": "delete from marts.fct_mobility where country_code = 'IS'",
    "assert_predictor_cells_keep_every_report": """
        update marts.mart_statistics__predictor_cell set outcome_square_sum = outcome_square_sum + 0.001
        where outcome_group = 'quality'""",
    "assert_facts_keep_all_staff_fte": """
        delete from marts.fct_staff_fte where reporting_institution_key = 'hist'""",
    "assert_module_reports_have_a_mobility": """
        delete from raw.beneficiary_module__mobility where mobility_id = (
            select min(mobility_id) from raw.beneficiary_module__participant_report)""",
    "assert_stays_are_in_order": """
        update intermediate.int_reports_derived set end_date = start_date - 1
        where report_key = (select min(report_key) from intermediate.int_reports_derived)""",
    "assert_durations_agree_with_dates": """
        update intermediate.int_reports_derived set duration_days = 500
        where report_key = (select max(report_key) from intermediate.int_reports_derived)""",
    "assert_clusters_agree_with_the_profiles": """
        update reference.institution_cluster set cluster = 3 where institution_key = 'uio'""",
    "assert_questions_are_complete": "delete from marts.dim_motive where motive_key = 'network'",
    "relationships_fct_motive_choice_motive_key__motive_key__ref_dim_motive_": """
        delete from marts.dim_motive where motive_key = 'network'""",
    "unique_combination_mart_usage__institution_year_institution_key__year": """
        insert into marts.mart_usage__institution_year from marts.mart_usage__institution_year limit 1""",
    "unique_fig_2_06_rate_by_institution_institution_key": """
        insert into report.fig_2_06_rate_by_institution from report.fig_2_06_rate_by_institution limit 1""",
    "not_null_fct_mobility_purpose_key": """
        update marts.fct_mobility set purpose_key = null where country_code = 'DK'""",
    "accepted_values_dim_institution_sector__state__outside": """
        update marts.dim_institution set sector = 'private' where institution_key = 'n_sandvik02'""",
    "text_matches_stg_dbh__staff_fte_dbh_code__": """
        update raw.dbh__staff_fte set institution_code = '217' where institution_code = '0217'""",
}


@pytest.fixture(scope="module")
def verdicts(demo_workplace: Workplace, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What `dbt test` says of a warehouse that is damaged in all these ways."""
    place = Workplace(tmp_path_factory.mktemp("damaged"))
    shutil.copy(demo_workplace.warehouse, place.warehouse)
    with duckdb.connect(str(place.warehouse)) as connection:
        for statement in dict.fromkeys(" ".join(text.split()) for text in DAMAGE.values()):
            changed = connection.execute(statement).fetchone()
            assert changed and changed[0] > 0, statement
    # The tests that are asked below, by their names; a name may be the beginning of a longer one.
    run = place.dbt("test", "--select", *(f"{name}*" for name in DAMAGE))
    assert run.returncode == 1, run.stdout
    return re.sub(r"\x1b\[\d+m", "", run.stdout)


@pytest.mark.parametrize("name", DAMAGE)
def test_a_spoilt_warehouse_fails_it_and_it_says_what_to_do(verdicts: str, name: str) -> None:
    report = re.search(rf"^(FAIL|WARN): {name}\w*$(.*?)All rows: ", verdicts, re.MULTILINE | re.DOTALL)
    assert report, verdicts[-3000:]
    for heading in ("What: ", "When it matters: ", "How to fix: ", "  - "):
        assert heading in report[2]


def test_no_singular_test_is_left_out() -> None:
    singular = {path.stem for path in (PROJECT / "tests" / "dbt").glob("*.sql")}
    assert singular == {name for name in DAMAGE if name.startswith("assert_")}


def test_every_singular_test_says_what_it_checks() -> None:
    documented = (PROJECT / "tests" / "dbt" / "_tests.yml").read_text(encoding="utf-8")
    for path in (PROJECT / "tests" / "dbt").glob("*.sql"):
        assert f"- name: {Path(path).stem}\n" in documented
