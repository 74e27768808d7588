"""Fixed texts of the page, read from texts.yml."""

from collections.abc import Mapping
from importlib.resources import files

import yaml

TEXTS: Mapping[str, Mapping[str, str]] = yaml.safe_load(
    files(__package__).joinpath("texts.yml").read_text(encoding="utf-8")
)
