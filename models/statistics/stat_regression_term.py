from staff_mobility.statistics.dbt_models import result_table


def model(dbt, session):
    return result_table(
        "stat_regression_term",
        session,
        mart_outcomes__report=dbt.ref("mart_outcomes__report"),
        mart_statistics__institution_variable=dbt.ref("mart_statistics__institution_variable"),
        mart_statistics__predictor_cell=dbt.ref("mart_statistics__predictor_cell"),
        fct_outcome_answer=dbt.ref("fct_outcome_answer"),
        dim_outcome_item=dbt.ref("dim_outcome_item"),
    )
