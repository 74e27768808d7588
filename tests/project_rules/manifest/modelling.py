"""Rules on lineage that dbt-bouncer has no check for; dbt-bouncer.yml calls them by name."""

from dbt_bouncer.check_framework.decorator import check, fail
from dbt_bouncer.utils import get_clean_model_name


def _parents(model, kind):
    return [parent for parent in model.depends_on.nodes or [] if parent.split(".")[0] == kind]


def _name(unique_id):
    return unique_id.split(".")[-1]


@check
def check_staging_parents(model, *, shared_parents: list[str]):
    """A staging model reads its source and, of other models, only those that are shared by all of staging."""
    others = [name for name in map(_name, _parents(model, "model")) if name not in shared_parents]
    if others:
        fail(f"`{get_clean_model_name(model.unique_id)}` reads other models: {others}.")


@check
def check_source_readers(source, ctx, *, further_readers: list[str]):
    """A source is read by one model, apart from the further readers that are listed."""
    children = [child.name for child in ctx.children_by_unique_id.get(source.unique_id, [])]
    readers = sorted(name for name in children if name not in further_readers)
    if len(readers) > 1:
        fail(f"`{source.source_name}.{source.name}` is read by {readers}.")


@check
def check_rejoined_step_is_tested(model, ctx):
    """A model reads A and B, B reads A, and nobody else reads B: then B has a unit test of its own.

    dbt-bouncer's check_model_does_not_rejoin_upstream_concepts forbids all of these. Here a step stands in a model of its
    own because its rule is tested alone, and a step without such a test belongs into its only reader.
    """
    parents = set(model.depends_on.nodes or [])
    for parent_id in sorted(parents):
        parent = ctx.models_by_unique_id.get(parent_id)
        if parent is None or not parents & set(parent.depends_on.nodes or []):
            continue
        is_only_reader = len(ctx.children_by_unique_id[parent_id]) == 1
        if is_only_reader and not ctx.unit_tests_by_depends_on_node.get(parent_id):
            shared = sorted(map(_name, parents & set(parent.depends_on.nodes or [])))
            fail(
                f"`{get_clean_model_name(model.unique_id)}` is the only reader of `{parent.name}` and reads {shared} beside it."
            )


@check
def check_seed_is_read(seed, ctx):
    """A model or a test reads every seed."""
    if not ctx.children_by_unique_id.get(seed.unique_id) and not any(
        seed.unique_id in (test.depends_on.nodes or []) and test.attached_node != seed.unique_id
        for test in ctx.tests
    ):
        fail(f"Nothing reads the seed `{seed.name}`.")


@check
def check_macro_is_called(macro, ctx):
    """Something calls every macro; an implementation for one database is called through the name it implements."""
    if macro.name.startswith("test_"):
        return
    name = macro.name.split("__", 1)[-1] if macro.name.startswith(("default__", "duckdb__")) else macro.name
    manifest = ctx.manifest_obj.manifest
    callers = [*manifest.nodes.values(), *manifest.macros.values()]
    if not any(
        _name(called) == name
        for caller in callers
        if caller.unique_id != macro.unique_id
        for called in getattr(getattr(caller, "depends_on", None), "macros", None) or []
    ):
        fail(f"Nothing calls the macro `{macro.name}`.")
