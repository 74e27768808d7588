"""Import this folder into a running Superset: database, datasets, charts and dashboard; what is there of it already is replaced.

pip install requests
export SUPERSET_PASSWORD=...
python clients/superset/import_bundle.py https://superset.example.org admin duckdb:////srv/staff_mobility/warehouse/published/marts.duckdb
"""

import io
import os
import sys
import zipfile
from pathlib import Path

import requests

FOLDER = Path(__file__).parent
SECONDS = 120


def bundle(database: str) -> bytes:
    """Return the folder as Superset takes it, with the address of the published file."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for path in sorted(FOLDER.rglob("*.yaml")):
            lines = path.read_text(encoding="utf-8").splitlines()
            changed = [
                f"sqlalchemy_uri: {database}" if line.startswith("sqlalchemy_uri:") else line
                for line in lines
            ]
            archive.writestr(f"bundle/{path.relative_to(FOLDER).as_posix()}", "\n".join(changed) + "\n")
    return memory.getvalue()


def main(address: str, user: str, database: str) -> None:
    """Log in, get the token that Superset wants with every change, send the bundle."""
    api = f"{address.rstrip('/')}/api/v1"
    with requests.Session() as http:
        person = {"username": user, "password": os.environ["SUPERSET_PASSWORD"], "provider": "db"}
        answer = http.post(f"{api}/security/login", json=person, timeout=SECONDS)
        answer.raise_for_status()
        http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        answer = http.get(f"{api}/security/csrf_token/", timeout=SECONDS)
        answer.raise_for_status()
        http.headers.update({"X-CSRFToken": answer.json()["result"], "Referer": address})
        files = {"bundle": ("bundle.zip", bundle(database))}
        answer = http.post(f"{api}/assets/import/", files=files, timeout=SECONDS)
    if not answer.ok:
        sys.exit(f"Superset answers {answer.status_code}: {answer.text[:2000]}")


if __name__ == "__main__":
    main(*sys.argv[1:])
