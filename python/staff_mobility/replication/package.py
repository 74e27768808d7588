"""Writes the replication package: code, inputs that may be given, outputs, checksums, and a README made from all of it."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import duckdb
from jinja2 import Environment, PackageLoader, StrictUndefined

from staff_mobility.checksums import sha256
from staff_mobility.leftovers import swap, workplace
from staff_mobility.replication.inputs import Input, Source, files_of, inputs_of, read_sources
from staff_mobility.replication.record import MAIN_PACKAGES, Record, read_record, read_versions
from staff_mobility.report.catalogue import Figure, read_catalogue
from staff_mobility.report.warehouse import Frame, read_extracts, read_frame
from staff_mobility.settings import Settings, StepError

README, MARK, CHECKSUMS, RUN = "README.md", "PACKAGE.json", "CHECKSUMS.sha256", "RUN.json"
CODE, DATA, OUTPUTS = "code", "data/extracts", "outputs"
INPUTS, FIGURES, PROGRAMS = "inputs.csv", "figures_and_tables.csv", "programs.csv"
# By this a folder is known as an earlier package.
KIND = "staff-mobility replication package"
# What a run needs, and nothing that a run or an editor leaves behind.
CODE_PARTS = (
    *(
        "LICENSE",
        "Makefile",
        "README.md",
        "dbt_project.yml",
        "profiles.yml",
        "analysis_plan.yml",
        "pyproject.toml",
    ),
    *(
        "requirements.lock",
        "installer.lock",
        "analyses",
        "docs",
        "layouts",
        "macros",
        "models",
        "seeds",
        "tests/dbt",
    ),
    "python/staff_mobility",
)
_LEFT_BEHIND = shutil.ignore_patterns("__pycache__", "*.pyc", "*.key", "*.duckdb", "*.egg-info", ".*")
LANGUAGE = "en"
# Report models that other parts of the README speak of.
SCORE, AUDIT = "tab_r_01_replication_score", "tab_a_01_audit_findings"


@dataclass(frozen=True)
class Output:
    """One figure or table, and where it comes from."""

    number: str
    kind: str
    title: str
    model: str
    program: str
    output: str
    sources: str
    rows: int


@dataclass(frozen=True)
class Program:
    """One program: a model or seed of dbt."""

    folder: str
    name: str
    file: str
    description: str


def write_package(settings: Settings, out: Path, target: Path) -> Path:
    """Write the replication package of the warehouse as it is; return its folder.

    It is made beside and put in its place when it is complete.

    Args:
        settings: The project.
        out: Folder of the package; one that exists is replaced if it is an earlier package.
        target: Folder of dbt's manifest and run results.

    Raises:
        StepError: `out` is something else than an earlier package.
        ReportError: The warehouse or the manifest is missing or wrong.
    """
    _refuse_foreign(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    with workplace(out.parent, out.name) as folder:
        made = folder / "made"
        _write(made, settings, target)
        swap(made, out, folder / "former")
    return out


def _write(made: Path, settings: Settings, target: Path) -> None:
    manifest = target / "manifest.json"
    catalogue, sources = read_catalogue(manifest), read_sources(manifest)
    made.mkdir()
    _copy_code(settings.project, made / CODE)
    with duckdb.connect(str(settings.warehouse), read_only=True) as con:
        frames = [
            (figure, read_frame(con, figure.model, figure.schema, figure.relation))
            for figure in catalogue.figures
        ]
        extracts = read_extracts(con)
        record = read_record(con, target / "run_results.json")
    places = _copy_extracts(settings.extracts, files_of(settings.extracts, extracts), made / DATA)
    inputs = inputs_of(extracts, sources, places)
    outputs = [_output(made / OUTPUTS, figure, frame, sources) for figure, frame in frames]
    programs = _programs(manifest)
    _write_table(made / INPUTS, Input, inputs)
    _write_table(made / FIGURES, Output, outputs)
    _write_table(made / PROGRAMS, Program, programs)
    _write_json(made / MARK, {"kind": KIND, "readme": README, "checksums": CHECKSUMS})
    _write_json(made / RUN, asdict(record))
    shown = {figure.model: frame for figure, frame in frames}
    versions = read_versions(settings.project / "requirements.lock")
    readme = _readme(sources, inputs, outputs, programs, record, versions, shown)
    (made / README).write_text(readme, encoding="utf-8", newline="\n")
    _write_checksums(made)


def _refuse_foreign(out: Path) -> None:
    if not out.exists():
        return
    try:
        kind = json.loads((out / MARK).read_text(encoding="utf-8")).get("kind")
    except (OSError, ValueError, AttributeError):
        kind = None
    if kind != KIND and not (out.is_dir() and not any(out.iterdir())):
        raise StepError(
            f"{out} is no earlier replication package, so it is left as it is. Name another folder."
        )


def _copy_code(project: Path, code: Path) -> None:
    for part in CODE_PARTS:
        source, copy = project / part, code / part
        if source.is_dir():
            shutil.copytree(source, copy, ignore=_LEFT_BEHIND, copy_function=shutil.copyfile)
        elif source.is_file():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)


def _copy_extracts(folder: Path, files: Mapping[str, Path], data: Path) -> dict[str, str]:
    """Copy extracts; return where each stands in the package, by SHA-256."""
    places = {}
    for digest, path in files.items():
        inside = path.relative_to(folder)
        (data / inside).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, data / inside)
        places[digest] = f"{DATA}/{inside.as_posix()}"
    return places


def _output(folder: Path, figure: Figure, frame: Frame, sources: Mapping[str, Source]) -> Output:
    folder.mkdir(exist_ok=True)
    name = f"{figure.model}.csv"
    (folder / name).write_text(frame.to_csv(), encoding="utf-8", newline="\n")
    return Output(
        figure.number,
        "table" if figure.is_table else "figure",
        figure.title[LANGUAGE],
        figure.model,
        f"{CODE}/{figure.sql_path}",
        f"{OUTPUTS}/{name}",
        "; ".join(sorted(sources[source].title for source in figure.sources if source in sources)),
        len(frame.rows),
    )


def _programs(manifest: Path) -> list[Program]:
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values()
    found = [
        Program(
            Path(node["original_file_path"]).parent.as_posix(),
            str(node["name"]),
            f"{CODE}/{node['original_file_path']}",
            _first_sentence(str(node["description"])),
        )
        for node in nodes
        if node["resource_type"] in ("model", "seed")
    ]
    return sorted(found, key=lambda program: (program.folder, program.name))


def _first_sentence(description: str) -> str:
    """Return what stands under the heading Overview, or the description itself, in one line."""
    overview = description.split("## Grain")[0].replace("## Overview", "")
    return " ".join(overview.split())


def _readme(
    sources: Mapping[str, Source],
    inputs: Sequence[Input],
    outputs: Sequence[Output],
    programs: Sequence[Program],
    record: Record,
    versions: Mapping[str, str],
    frames: Mapping[str, Frame],
) -> str:
    pages = Environment(
        loader=PackageLoader("staff_mobility.replication"),
        # Markdown, not HTML; a cell must not end its table.
        autoescape=False,  # noqa: S701
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    pages.filters["cell"] = lambda text: str(text).replace("|", "\\|").replace("\n", " ")
    folders: dict[str, int] = {}
    for program in programs:
        folders[program.folder] = folders.get(program.folder, 0) + 1
    return pages.get_template("readme.md").render(
        sources=list(sources.values()),
        inputs=inputs,
        outputs=outputs,
        folders=folders,
        record=record,
        versions={name: versions[name] for name in MAIN_PACKAGES},
        n_packages=len(versions),
        used={item.source for item in inputs},
        all_here=all(item.path for item in inputs),
        score=frames[SCORE].rows if SCORE in frames else (),
        audit=frames[AUDIT].rows if AUDIT in frames else (),
        names={
            "checksums": CHECKSUMS,
            "run": RUN,
            "inputs": INPUTS,
            "figures": FIGURES,
            "programs": PROGRAMS,
        },
    )


def _write_table(path: Path, kind: type[Any], rows: Iterable[Any]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(kind)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8", newline="\n")


def _write_checksums(made: Path) -> None:
    """Write a line per file in the form of sha256sum, which checks them."""
    files = sorted(path for path in made.rglob("*") if path.is_file())
    lines = [f"{sha256(path)}  {path.relative_to(made).as_posix()}\n" for path in files]
    (made / CHECKSUMS).write_text("".join(lines), encoding="utf-8", newline="\n")
