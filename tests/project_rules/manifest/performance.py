"""Rules on what is computed when; dbt-bouncer.yml calls them by name."""

from dbt_bouncer.check_framework.decorator import check, fail
from dbt_bouncer.utils import get_clean_model_name


@check
def check_materialization(model, *, materialized: str):
    """A model has this materialisation.

    dbt-bouncer's check_model_materialization_permitted crashes where it should tell what it found (4.3, once its
    configuration comes out of its cache).
    """
    if model.config.materialized != materialized:
        fail(
            f"`{get_clean_model_name(model.unique_id)}` is a {model.config.materialized}, not a {materialized}."
        )
