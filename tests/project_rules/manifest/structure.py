"""Rules on names and places of files that dbt-bouncer has no check for; dbt-bouncer.yml calls them by name."""

from pathlib import PurePosixPath

from dbt_bouncer.check_framework.decorator import check, fail
from dbt_bouncer.utils import get_clean_model_name


def _yaml(node):
    return PurePosixPath((node.patch_path or "").split("://")[-1])


@check
def check_name_says_folder(model, *, prefix: str):
    """The name begins with the prefix, in which the folder is named: stg_dbh__ in staging/dbh."""
    folder = PurePosixPath(model.original_file_path).parent.name
    expected = prefix.format(folder=folder)
    if not model.name.startswith(expected):
        fail(
            f"`{get_clean_model_name(model.unique_id)}` stands in {folder}/ and does not begin with `{expected}`."
        )


@check
def check_schema_is_folder(model):
    """A model of models/marts, however deep, is a table of the schema marts."""
    folder = PurePosixPath(model.original_file_path).parts[1]
    if model.schema_ != folder:
        fail(f"`{get_clean_model_name(model.unique_id)}` stands in {folder}/ and goes to `{model.schema_}`.")


@check
def check_python_folder(model, *, folders: list):
    """A Python model stands in one of these folders, a model in SQL in another."""
    stands_there = model.original_file_path.startswith(tuple(f"{folder}/" for folder in folders))
    if stands_there != (model.language == "python"):
        fail(
            f"`{get_clean_model_name(model.unique_id)}` is {model.language} in `{model.original_file_path}`."
        )


@check
def check_staging_reads_its_own_source(model, ctx):
    """The folder of a staging model has the name of the source that it reads."""
    folder = PurePosixPath(model.original_file_path).parent.name
    sources = [
        ctx.sources_by_unique_id[parent] for parent in model.depends_on.nodes if parent.startswith("source.")
    ]
    foreign = sorted({source.source_name for source in sources} - {folder})
    if foreign:
        fail(f"`{get_clean_model_name(model.unique_id)}` stands in {folder}/ and reads {foreign}.")


@check
def check_seed_yaml_stands_beside_it(seed):
    """Columns and tests of a seed stand in a .yml of the same name beside the .csv."""
    if _yaml(seed) != PurePosixPath(seed.original_file_path).with_suffix(".yml"):
        fail(f"`{seed.name}` is described in `{_yaml(seed)}`.")


@check
def check_test_stands_beside_its_model(test, ctx):
    """A generic test stands in the .yml of the model, seed or source that it tests, any other test in tests/dbt."""
    nodes = ctx.manifest_obj.manifest.nodes
    place = PurePosixPath(test.original_file_path)
    if test.attached_node is None:
        is_right = place.parent == PurePosixPath("tests/dbt")
    else:
        is_right = place == _yaml(nodes[test.attached_node])
    if not is_right:
        fail(f"`{test.name}` stands in `{place}`.")


@check
def check_unit_test_stands_beside_its_model(unit_test, ctx):
    """A unit test stands in the .yml of the model that it tests."""
    model = ctx.models_by_unique_id[unit_test.depends_on.nodes[0]]
    if PurePosixPath(unit_test.original_file_path) != _yaml(model):
        fail(f"`{unit_test.name}` stands in `{unit_test.original_file_path}`.")
