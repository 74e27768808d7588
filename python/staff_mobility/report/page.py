"""Puts figures, tables and texts into the page."""

from staff_mobility.report.document import PACKAGE, environment, render_document
from staff_mobility.report.meta import LANGUAGES
from staff_mobility.report.texts import TEXTS
from staff_mobility.report.views import Content, language_view


def render(content: Content, gate_page: str | None = None, findings_page: str | None = None) -> str:
    """HTML of the page in both languages.

    Args:
        content: What is shown.
        gate_page: Relative address of the gate's pages, if any.
        findings_page: Relative address of the page of findings, if any.
    """
    return render_document(
        environment(PACKAGE),
        "page.html",
        titles={language: TEXTS[language]["title"] for language in LANGUAGES},
        banner={language: TEXTS[language]["synthetic_banner"] for language in TEXTS if content.is_synthetic},
        views={language: language_view(content, language) for language in LANGUAGES},
        gate_page=gate_page,
        findings_page=findings_page,
    )
