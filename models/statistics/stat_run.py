from staff_mobility.statistics.dbt_models import result_table


def model(dbt, session):
    return result_table(
        "stat_run",
        session,
        mart_quality__ledger=dbt.ref("mart_quality__ledger"),
    )
