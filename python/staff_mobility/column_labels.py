"""Labels of columns in both languages, as the seed of labels has them in the warehouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_LANGUAGES = ("nb", "en")


def read_column_labels(connection: DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """Labels of table columns by column and language; empty when the warehouse has no such table."""
    import duckdb

    try:
        rows = connection.execute(
            "select column_name, label_nb, label_en from reference.column_label"
        ).fetchall()
    except duckdb.CatalogException:
        return {}
    return {
        str(name): {language: text for language, text in zip(_LANGUAGES, texts, strict=True) if text}
        for name, *texts in rows
    }
