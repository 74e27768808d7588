"""Rules on what is given out that dbt-bouncer has no check for; dbt-bouncer.yml calls them by name."""

from dbt_bouncer.check_framework.decorator import check, fail


@check
def check_exposure_reads(exposure, ctx, *, permitted_folders: list[str]):
    """An exposure reads models of the permitted folders only."""
    paths = {
        parent: getattr(ctx.models_by_unique_id.get(parent), "original_file_path", parent)
        for parent in exposure.depends_on.nodes or []
    }
    others = sorted(
        parent.split(".")[-1]
        for parent, path in paths.items()
        if not any(path.startswith(f"models/{folder}/") for folder in permitted_folders)
    )
    if others:
        fail(f"`{exposure.name}` reads {others}.")
