from staff_mobility.audit.dbt_models import audit_table


def model(dbt, session):
    return audit_table(
        "audit_finding",
        dbt.config.get("level"),
        published_value=dbt.ref("published_value"),
        comparator=dbt.ref("comparator"),
        institution=dbt.ref("institution"),
        institution_cluster=dbt.ref("institution_cluster"),
    )
