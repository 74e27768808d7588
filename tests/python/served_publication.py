"""A publication in PostgreSQL as the publisher would load it, without deciding again what is hidden."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb

from staff_mobility.publish.content import read_content
from staff_mobility.publish.disclosure import Release
from staff_mobility.publish.marts import quoted, read_marts
from staff_mobility.publish.place import Publication
from staff_mobility.publish.postgres_target import PostgresTarget
from staff_mobility.publish.tables import About
from staff_mobility.warehouse_file import Patience, attach_read_only

SCHEMA = "staff_mobility"


def serve(publication: Publication, dbt_manifest: Path, address: str) -> None:
    """Load the public marts of a publication's file into an empty database."""
    told = publication.manifest
    with duckdb.connect() as con:
        attach_read_only(con, publication.marts, "published")
        contents = [
            read_content(con, Release(mart, f"select * from published.main.{quoted(mart.name)}"))
            for mart in read_marts(dbt_manifest, {})
            if mart.name in publication.rows
        ]
        about = About(
            publication.id,
            told["content_id"],
            dt.datetime.fromisoformat(told["published_at"]),
            told["build"]["invocation_id"],
            dt.datetime.fromisoformat(told["build"]["finished_at"]),
            told["disclosure_control"]["name"],
            (),
        )
        target = PostgresTarget(con, address, SCHEMA)
        target.load(contents, about)
        target.exchange(publication.id, Patience(10))
