"""What a publication holds, known by checksums that do not depend on time, order or file format."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from staff_mobility.publish.disclosure import Release
from staff_mobility.publish.marts import quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_ID_CHARACTERS, _MARK_CHARACTERS = 16, 8
# Parquet and PostgreSQL have no such type; Parquet would get doubles, which lose digits.
_PUBLISHED_TYPES = {"HUGEINT": "DECIMAL(38,0)"}


@dataclass(frozen=True)
class Content:
    """The rows of one published mart.

    Attributes:
        sql: Query that gives them, in types that every target has.
        types: Type by column, in order.
        n_rows: Number of rows.
        checksum: Sum over the rows of the first half of each row's MD5; the order of rows does not matter.
    """

    release: Release
    sql: str
    types: Mapping[str, str]
    n_rows: int
    checksum: str

    @property
    def name(self) -> str:
        """Name of the published table."""
        return self.release.mart.name


def checksum_sql(relation: str) -> str:
    """Return the query for number of rows and checksum of a relation; a reader of the published file can run it too."""
    return (
        "select count(*), cast(coalesce(sum(cast(md5_number_lower(cast(t as varchar)) as hugeint)), 0) as varchar)"  # noqa: S608
        f" from {relation} as t"
    )


def read_content(con: DuckDBPyConnection, release: Release) -> Content:
    """Return what a release holds."""
    described = con.execute(f"describe {release.sql}").fetchall()
    types = {str(row[0]): _PUBLISHED_TYPES.get(str(row[1]), str(row[1])) for row in described}
    columns = ", ".join(f"cast({quoted(name)} as {kind}) as {quoted(name)}" for name, kind in types.items())
    sql = f"select {columns} from ({release.sql})"  # noqa: S608
    row = con.execute(checksum_sql(f"({sql})")).fetchone()
    n_rows, checksum = row if row else (0, "0")
    return Content(release, sql, types, int(n_rows), str(checksum))


def content_id(contents: Sequence[Content], control: str) -> str:
    """Return an id of all that a reader can see; two publications of the same content have the same."""
    described = [
        # What a mart says of its cells is for the control; readers see its name in the publication.
        [
            asdict(replace(content.release.mart, disclosure=None)),
            list(content.types.items()),
            content.n_rows,
            content.checksum,
        ]
        for content in sorted(contents, key=lambda content: content.name)
    ]
    told = json.dumps([control, described], sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).hexdigest()[:_ID_CHARACTERS]


def content_mark(content: str) -> str:
    """Return the part of a content's id that stands in the ids of its publications."""
    return content[:_MARK_CHARACTERS]
