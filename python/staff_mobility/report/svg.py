"""Charts as accessible inline SVG."""

import re
from dataclasses import dataclass
from html import escape
from typing import Any

import vl_convert

from staff_mobility.report.formats import axis_locale


@dataclass(frozen=True)
class Caption:
    """What a screen reader says in place of a chart; `anchor` makes its ids unique on the page."""

    anchor: str
    title: str
    description: str


def to_svg(spec: dict[str, Any], caption: Caption, language: str) -> str:
    """Draw a Vega-Lite specification; text stays text, nothing is fetched, equal input gives equal output."""
    svg = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[], format_locale=axis_locale(language))
    return _opened(_without_roles(svg), caption)


def _without_roles(svg: str) -> str:
    """Remove the roles and names of single marks from the tags: the chart is one image with one name."""
    return re.sub(r"<[^>]+>", lambda tag: re.sub(r' (?:role|aria-[a-z]+)="[^"]*"', "", tag.group()), svg)


def _opened(svg: str, caption: Caption) -> str:
    title_id, description_id = f"{caption.anchor}-title", f"{caption.anchor}-desc"
    names = (
        f'<title id="{title_id}">{escape(caption.title)}</title>'
        f'<desc id="{description_id}">{escape(caption.description)}</desc>'
    )
    opening = f'<svg role="img" aria-labelledby="{title_id}" aria-describedby="{description_id}"'
    return re.sub(r"^<svg([^>]*)>", lambda match: f"{opening}{match.group(1)}>{names}", svg, count=1)
