"""Pseudonyms: the same person the same text, another key another text."""

from __future__ import annotations

import hashlib
import stat
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from staff_mobility.landing.pseudonyms import KeyChain, fingerprint, normalise, pseudonymise
from staff_mobility.settings import Settings, WrongUseError, load_pseudonym_key

KEY = bytes(range(32))
OTHER_KEY = bytes(range(1, 33))


def hmac_by_hand(key: bytes, message: bytes) -> str:
    """HMAC-SHA-256 as RFC 2104 defines it, for keys of at most 64 bytes."""
    padded = key.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded) + message).digest()
    return hashlib.sha256(bytes(byte ^ 0x5C for byte in padded) + inner).hexdigest()


@pytest.mark.parametrize(
    ("raw", "normalised"),
    [
        ("  Anna   Åsen ", "anna åsen"),
        ("ANNA\u00a0A\u030aSEN", "anna åsen"),
        ("Groß", "gross"),
        ("Ａｎｎａ", "anna"),
        ("an\u200bna\u00ad@uni.example\ufeff", "anna@uni.example"),
        (" \t\u2003 ", ""),
        ("a\x1fb", "a b"),
    ],
)
def test_identifiers_are_compared_in_one_form(raw: str, normalised: str) -> None:
    assert normalise(raw) == normalised


@settings(deadline=None)
@given(st.text())
def test_the_form_is_stable_under_everything_that_it_levels(text: str) -> None:
    form = normalise(text)
    assert normalise(form) == form
    assert normalise(f" {text}\n") == form
    assert normalise(unicodedata.normalize("NFD", text)) == form
    assert "\x1f" not in form


def test_the_message_is_name_scope_and_parts() -> None:
    email = hmac_by_hand(KEY, b"email\x1fanna@uni.example")
    assert pseudonymise(KEY, "email", "tool", ["Anna@Uni.example "]) == email
    assert pseudonymise(KEY, "email", "module", ["anna@uni.example"]) == email
    person = hmac_by_hand(KEY, "name_birth_date\x1fanna\x1fåsen\x1f1970-02-01".encode())
    assert pseudonymise(KEY, "name_birth_date", "tool", ["ANNA", "Åsen", "1970-02-01"]) == person
    participant = hmac_by_hand(KEY, b"participant_id\x1ftool\x1f77")
    assert pseudonymise(KEY, "participant_id", "tool", ["77"]) == participant


def test_ids_of_two_systems_never_meet() -> None:
    assert pseudonymise(KEY, "participant_id", "tool", ["77"]) != pseudonymise(
        KEY, "participant_id", "module", ["77"]
    )


def test_half_an_identifier_is_none() -> None:
    assert pseudonymise(KEY, "email", "tool", ["  "]) is None
    assert pseudonymise(KEY, "name_birth_date", "tool", ["anna", "", "1970-02-01"]) is None


@given(st.lists(st.text(min_size=1), min_size=1, max_size=3))
def test_another_key_gives_another_pseudonym(parts: list[str]) -> None:
    ours = pseudonymise(KEY, "email", "tool", parts)
    theirs = pseudonymise(OTHER_KEY, "email", "tool", parts)
    assert (ours is None and theirs is None) or ours != theirs
    assert fingerprint(KEY) != fingerprint(OTHER_KEY)


def settings_in(place: Path) -> Settings:
    return Settings(
        project=place, warehouse=place / "deep" / "w.duckdb", extracts=place, analysis_plan=place / "plan.yml"
    )


def test_a_key_is_made_once_beside_the_warehouse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = settings_in(tmp_path)
    key = load_pseudonym_key(place, {})
    warning = capsys.readouterr().err
    path = tmp_path / "deep" / "w.key"
    assert key == KeyChain((bytes.fromhex(path.read_text().strip()),))
    assert len(key.keys[0]) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert warning.startswith(f"Warning: a new random pseudonym key was made: {path}\n")
    assert key.keys[0].hex() not in warning
    assert load_pseudonym_key(place, {}) == key
    assert capsys.readouterr().err == ""


def test_a_given_key_comes_first(tmp_path: Path) -> None:
    place = settings_in(tmp_path)
    (tmp_path / "my.key").write_text("00" * 32 + "\n")
    by_file = {"STAFF_MOBILITY_KEY_FILE": "my.key"}
    assert load_pseudonym_key(place, by_file) == KeyChain((bytes(32),))
    by_both = by_file | {"STAFF_MOBILITY_KEY": "a long sentence as key"}
    assert load_pseudonym_key(place, by_both) == KeyChain((b"a long sentence as key",))
    assert not (tmp_path / "deep").exists()


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"STAFF_MOBILITY_KEY": "abc"}, "has 3 bytes; at least 16 are needed"),
        ({"STAFF_MOBILITY_KEY": "00" * 15}, "has 15 bytes; at least 16 are needed"),
        ({"STAFF_MOBILITY_KEY_FILE": "none.key"}, "none.key (STAFF_MOBILITY_KEY_FILE) cannot be read"),
    ],
)
def test_a_bad_key_is_wrong_use(tmp_path: Path, environment: dict[str, str], message: str) -> None:
    with pytest.raises(WrongUseError) as told:
        load_pseudonym_key(settings_in(tmp_path), environment)
    assert message in str(told.value)
    assert "abc" not in str(told.value)
