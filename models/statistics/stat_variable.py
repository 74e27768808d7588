from staff_mobility.statistics.dbt_models import result_table


def model(dbt, session):
    return result_table(
        "stat_variable",
        session,
        mart_statistics__institution_variable=dbt.ref("mart_statistics__institution_variable"),
        dim_outcome_item=dbt.ref("dim_outcome_item"),
    )
