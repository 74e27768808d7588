"""Three numbers of the report from the published DuckDB file, through SQLAlchemy and duckdb-engine.

pip install duckdb-engine sqlalchemy
python clients/sqlalchemy_duckdb.py warehouse/published
"""

import csv
import sys
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

published = Path(sys.argv[1]).absolute()
# Without a pool every connection is a new one, and a new one sees the publication of its day.
engine = create_engine(
    f"duckdb:///{published}/marts.duckdb", connect_args={"read_only": True}, poolclass=NullPool
)
question = text(Path(__file__).with_name("numbers.sql").read_text(encoding="utf-8"))
with engine.connect() as connection:
    answer = connection.execute(question)
    csv.writer(sys.stdout).writerows([answer.keys(), *answer])
