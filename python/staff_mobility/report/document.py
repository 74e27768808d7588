"""The frame that all pages share: both languages in one document, with style and script in it."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from staff_mobility.report.meta import LANGUAGES

# The package of base.html, page.css and page.js; other packages extend them.
PACKAGE = "staff_mobility.report"
# Stands in every page of the site, so that a later build knows what it may replace.
GENERATOR = "staff-mobility report"


def asset(package: str, name: str) -> str:
    """Text of a file beside a package's templates."""
    return files(package).joinpath("templates", name).read_text(encoding="utf-8")


@cache
def environment(package: str) -> Environment:
    """Jinja environment with the templates of `package` and those that all pages share."""
    packages = dict.fromkeys((package, PACKAGE))
    return Environment(
        loader=ChoiceLoader([PackageLoader(name) for name in packages]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render_document(
    pages: Environment,
    template: str,
    *,
    titles: Mapping[str, str],
    banner: Mapping[str, str],
    views: Mapping[str, Any],
    more_assets: Sequence[tuple[str, str]] = (),
    **content: Any,
) -> str:
    """HTML of a page in both languages; it loads nothing.

    Args:
        pages: From `environment`.
        template: Name of a template that extends base.html.
        titles: Title of the page by language.
        banner: Text above the page by language; empty for none.
        views: What the template shows, by language.
        more_assets: Package and file name of styles and scripts beyond those that all pages share.
        content: Further variables of the template.
    """
    assets = ((PACKAGE, "page.css"), (PACKAGE, "page.js"), *more_assets)
    style, script = (
        "".join(asset(package, name) for package, name in assets if name.endswith(ending))
        for ending in (".css", ".js")
    )
    return pages.get_template(template).render(
        # The default language comes last: the style shows it unless the address points into another one.
        views=[views[language] for language in reversed(LANGUAGES)],
        languages=LANGUAGES,
        titles=titles,
        banner=banner,
        generator=GENERATOR,
        style=Markup(style),  # noqa: S704 (files of this project)
        script=Markup(script),  # noqa: S704
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        **content,
    )
