from staff_mobility.statistics.dbt_models import result_table


def model(dbt, session):
    return result_table(
        "stat_correlation",
        session,
        mart_outcomes__report=dbt.ref("mart_outcomes__report"),
        mart_statistics__institution_variable=dbt.ref("mart_statistics__institution_variable"),
    )
