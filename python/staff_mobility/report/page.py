"""Puts figures, tables and texts into the page."""

import base64
import hashlib
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from staff_mobility.report.meta import LANGUAGES
from staff_mobility.report.texts import TEXTS
from staff_mobility.report.views import Content, language_view

PACKAGE = "staff_mobility.report"
# Stands in every page that this module makes, so that a later build knows what it may replace.
GENERATOR = "staff-mobility report"


def render(content: Content) -> str:
    """HTML of the page in both languages, with style and script in it; it loads nothing."""
    environment = Environment(
        loader=PackageLoader(PACKAGE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    script = _asset("page.js")
    return environment.get_template("page.html").render(
        # The default language comes last: the style shows it unless the address points into another one.
        views=[language_view(content, language) for language in reversed(LANGUAGES)],
        languages=LANGUAGES,
        texts=TEXTS,
        banner={language: TEXTS[language]["synthetic_banner"] for language in TEXTS if content.is_synthetic},
        generator=GENERATOR,
        style=_asset("page.css"),
        script=script,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def _asset(name: str) -> str:
    return files(PACKAGE).joinpath("templates", name).read_text(encoding="utf-8")
