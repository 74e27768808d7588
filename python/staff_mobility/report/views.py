"""What the page's template shows, ready made: texts, numbers, charts and tables of one language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from staff_mobility.report.catalogue import Catalogue, Figure, SourceTitles
from staff_mobility.report.charts import draw
from staff_mobility.report.columns import Labels, as_float, dimension, heading, resolve
from staff_mobility.report.formats import Style, format_day, format_number
from staff_mobility.report.meta import Count
from staff_mobility.report.tables import Table, make_tables
from staff_mobility.report.texts import TEXTS
from staff_mobility.report.warehouse import Extract, Frame, Row

# Longer tables are closed until the reader opens them.
OPEN_ROWS = 25


@dataclass(frozen=True)
class Content:
    """All that the page shows: figures with their frames (by model), labels and the register of extracts."""

    catalogue: Catalogue
    frames: Mapping[str, Frame]
    labels: Labels
    extracts: Sequence[Extract]

    @property
    def is_synthetic(self) -> bool:
        """True when any landed file says so in its name."""
        return any("synthetic" in extract.file_name.lower() for extract in self.extracts)


@dataclass(frozen=True)
class FigureView:
    """One figure or table. `facts` are pairs of a name and a text, `svg` is None without a chart or rows."""

    anchor: str
    number: str
    title: str
    svg: str | None
    facts: tuple[tuple[str, str], ...]
    model: str
    sql_path: str
    notes: tuple[str, ...]
    tables: tuple[Table, ...]

    @property
    def n_rows(self) -> int:
        """Rows of the main table."""
        return len(self.tables[0].rows) if self.tables else 0

    @property
    def is_open(self) -> bool:
        """Short tables are open from the start, and so is what has no chart."""
        return self.n_rows <= OPEN_ROWS or self.svg is None


@dataclass(frozen=True)
class ChapterView:
    """One chapter with its figures."""

    anchor: str
    title: str
    figures: tuple[FigureView, ...]


@dataclass(frozen=True)
class LanguageView:
    """The whole page in one language; `extracts` are the rows of the table of extracts."""

    language: str
    texts: Mapping[str, str]
    as_of: str
    chapters: tuple[ChapterView, ...]
    extracts: tuple[tuple[str, ...], ...]


def language_view(content: Content, language: str) -> LanguageView:
    """Make the page's content in one language."""
    texts = TEXTS[language]
    chapters = tuple(
        _chapter(content, number, tuple(figures), language)
        for number, figures in groupby(content.catalogue.figures, key=lambda figure: figure.chapter)
    )
    newest = max((extract.extract_date for extract in content.extracts), default=None)
    as_of = texts["as_of"].format(date=format_day(newest, language)) if newest else ""
    extracts = tuple(_extract_row(content, extract, language) for extract in content.extracts)
    return LanguageView(language, texts, as_of, chapters, extracts)


def _extract_row(content: Content, extract: Extract, language: str) -> tuple[str, ...]:
    return (
        _system_title(content, extract.system, language),
        extract.file_name,
        format_day(extract.extract_date, language),
        format_number(extract.row_count, Style.WHOLE, language),
        extract.sha256[:16],
    )


def _chapter(content: Content, number: int, figures: tuple[Figure, ...], language: str) -> ChapterView:
    is_supplement = all(figure.is_supplement for figure in figures)
    title = TEXTS[language]["supplement" if is_supplement else "chapter"].format(number=number)
    named = next((figure.chapter_title[language] for figure in figures if figure.chapter_title), None)
    return ChapterView(
        anchor=f"{language}-chapter-{number}",
        title=f"{title}: {named}" if named else title,
        figures=tuple(_figure(content, figure, language) for figure in figures),
    )


def _figure(content: Content, figure: Figure, language: str) -> FigureView:
    frame, texts = content.frames[figure.model], TEXTS[language]
    notes = (
        "" if frame.rows else texts["empty"],
        figure.note.get(language, ""),
        _provisional_note(figure, frame, language),
        texts["shades"] if frame.rows and figure.shade else "",
    )
    return FigureView(
        anchor=f"{language}-{figure.anchor}",
        number=f"{texts['table' if figure.is_table else 'figure']} {figure.number}",
        title=figure.title[language],
        svg=draw(figure, frame, content.labels, language),
        facts=_facts(content, figure, language),
        model=figure.model,
        sql_path=figure.sql_path,
        notes=tuple(note for note in notes if note),
        tables=make_tables(figure, frame, content.labels, language),
    )


def _provisional_note(figure: Figure, frame: Frame, language: str) -> str:
    """Say which categories are drawn lighter, if any are."""
    chart = figure.chart
    if chart is None or chart.provisional is None or chart.category is None:
        return ""
    flag = resolve(frame, chart.provisional, language)
    category = dimension(frame, chart.category, language, chart.order, str(chart.value))
    marked = {category.label(row) for row in frame.rows if row[flag]}
    labels = ", ".join(label for label in category.labels if label in marked)
    return TEXTS[language]["provisional"].format(labels=labels) if labels else ""


def _facts(content: Content, figure: Figure, language: str) -> tuple[tuple[str, str], ...]:
    """Unit, n, place in the study and source, as far as the figure has them."""
    texts, english = TEXTS[language], TEXTS["en"]
    place = figure.place
    for word in ("figure", "table"):
        place = place.replace(english[word], texts[word])
    facts = (
        (texts["unit"], figure.unit.get(language, "")),
        (texts["n"], _count(figure, content, language)),
        (texts["place"], place),
        (texts["sources"], _sources(content, figure, language)),
    )
    return tuple((name, text) for name, text in facts if text)


def _count(figure: Figure, content: Content, language: str) -> str:
    count, frame = figure.count, content.frames[figure.model]
    if count is None:
        return ""
    column = resolve(frame, count.column, language)
    per = resolve(frame, count.per, language) if count.per else None
    number = _total(count, column, per, frame)
    counted = _plural(per or column, content.labels) if count.is_number_of else column
    label = heading(counted, content.labels, language)
    return f"{format_number(number, Style.WHOLE, language)} ({label.lower()})"


def _plural(key: str, labels: Labels) -> str:
    """Column that counts what `key` names (n_institutions for institution_key), if it has a label."""
    plural = f"n_{key.removesuffix('_key')}s"
    return plural if plural in labels else key


def _total(count: Count, column: str, per: str | None, frame: Frame) -> float:
    """Sum of the column over distinct `per`, or the number of distinct `per`."""
    if count.is_number_of:
        return len({row[per or column] for row in frame.rows})
    rows: list[Row] = list({row[per]: row for row in frame.rows}.values()) if per else list(frame.rows)
    return sum(as_float(row[column]) for row in rows)


def _sources(content: Content, figure: Figure, language: str) -> str:
    """Systems that the model comes from, with the dates of their extracts; all when none is known."""
    if not figure.is_of_extracts:
        return ""
    own = [extract for extract in content.extracts if extract.system in figure.sources]
    parts = []
    for system, extracts in groupby(own or content.extracts, key=lambda extract: extract.system):
        days = dict.fromkeys(format_day(extract.extract_date, language) for extract in extracts)
        dates = TEXTS[language]["extract_of"].format(dates=", ".join(days))
        parts.append(f"{_system_title(content, system, language)} ({dates})")
    return "; ".join(parts)


def _system_title(content: Content, system: str, language: str) -> str:
    return source_title(content.catalogue.source_titles, system, language)


def source_title(titles: SourceTitles, system: str, language: str) -> str:
    """Title of a source system from its dbt source's meta, else its name in words."""
    return titles.get(system, {}).get(language) or system.replace("_", " ").capitalize()
