"""The part of a page that a campaign writes: what stands between its two markers."""

from __future__ import annotations

from pathlib import Path


def put_made_part(page: Path, target: str, made: str) -> None:
    """Put a text between the markers of a Makefile's target.

    Raises:
        SystemExit: The page has no such markers.
    """
    begin, end = f"<!-- made by make {target} -->", "<!-- end -->"
    before, begun, rest = page.read_text(encoding="utf-8").partition(begin)
    _, ended, after = rest.partition(end)
    if not (begun and ended):
        raise SystemExit(f"{page}: lacks the line {begin}, or {end} after it.")
    page.write_text(f"{before}{begin}\n\n{made}\n\n{end}{after}", encoding="utf-8")
