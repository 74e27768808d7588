"""A page in headless Chromium with the network cut off, and all that it complains about."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
E_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")


@dataclass
class Opened:
    """An open page with everything that it complained about or asked for beyond itself."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


def chromium() -> str | None:
    """Path of the browser: CHROMIUM in the environment, else the distribution's."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


def started() -> Iterator[Browser]:
    """Headless Chromium with a fresh profile; the test is skipped where there is none."""
    path = chromium()
    if path is None:
        pytest.skip("no Chromium: install the distribution's package or set CHROMIUM to its path")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


def opened(
    browser: Browser, site: Path, fragment: str = "", *, script: bool = True, width: int = 1280
) -> Iterator[Opened]:
    """Open a page from the disk with the network cut off."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, offline=True, java_script_enabled=script
    )
    page = context.new_page()
    found = Opened(page)
    page.on("console", lambda message: found.complaints.append(message.text))
    page.on("pageerror", lambda error: found.complaints.append(str(error)))
    page.on("dialog", lambda dialog: found.complaints.append(f"dialog {dialog.message}"))
    page.on("requestfailed", lambda request: found.complaints.append(f"failed {request.url}"))
    page.on("request", lambda request: found.requests.append(request.url))
    page.goto(site.as_uri() + fragment)
    yield found
    context.close()
