"""Take the picture of the README's first screen: two figures of the report of `make run`, side by side.

python tests/campaigns/report_picture.py
"""

from __future__ import annotations

import sys
from pathlib import Path

PROJECT = Path(__file__).parents[2]
sys.path.insert(0, str(PROJECT / "tests" / "python"))

from browser_page import started  # noqa: E402

SITE = PROJECT / "site" / "index.html"
PICTURE = PROJECT / "docs" / "report.png"
FIGURES = ("en-figure-2-1", "en-figure-2-7")
WIDTH, GAP = 630, 16
STYLE = f"""
body {{ margin: 0; padding: 0; max-width: none; background: white; }}
body {{ display: flex; gap: {GAP}px; align-items: flex-start; }}
svg {{ flex: none; width: {WIDTH}px !important; height: auto !important; }}
"""


def main() -> None:
    """Write the picture."""
    browser = next(pages := started())
    report = browser.new_page()
    report.goto(SITE.as_uri())
    styles = report.evaluate("[...document.querySelectorAll('style')].map(style => style.outerHTML).join('')")
    figures = [report.locator(f"#{figure} svg").first.evaluate("svg => svg.outerHTML") for figure in FIGURES]
    page = browser.new_page(viewport={"width": len(FIGURES) * WIDTH + GAP, "height": 900})
    page.set_content(
        f"<!doctype html><html lang='en'>{styles}<style>{STYLE}</style><body>{''.join(figures)}</body></html>"
    )
    page.locator("body").screenshot(path=PICTURE)
    pages.close()


if __name__ == "__main__":
    main()
