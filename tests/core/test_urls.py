"""Which addresses are the same page."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core.plans.document import parse_document
from fanout.core.urls import is_web_url, url_host, url_key
from tests.memory import traced_bytes

TABLES = parse_document((Path(__file__).parent / "urls.yaml").read_text(encoding="utf-8"), "urls.yaml")


def test_the_tables_are_large() -> None:
    assert min(len(TABLES["equal"]), len(TABLES["different"])) >= 60


@pytest.mark.parametrize(("one", "other"), TABLES["equal"])
def test_spellings_of_one_page(one: str, other: str) -> None:
    assert url_key(one) == url_key(other)


@pytest.mark.parametrize(("one", "other"), TABLES["different"])
def test_other_pages(one: str, other: str) -> None:
    assert url_key(one) != url_key(other)


ADDRESSES = {address for table in TABLES.values() for pair in table for address in pair}


def test_a_key_as_an_address_has_the_same_key() -> None:
    keys = {address: url_key(address) for address in ADDRESSES if ":80" not in address}
    assert not [key for address, key in keys.items() if key != address and url_key(f"http://{key}") != key]


def test_the_home_page() -> None:
    homes = [
        "http://www.example.org",
        "https://example.org/",
        "https://example.org/?utm_source=x",
        "https://example.org/#",
    ]
    assert {url_key(home) for home in homes} == {"example.org"}


@pytest.mark.parametrize(
    "text", ["", "no address", "example.org/a", "mailto:a@b.org", "http://", "https:///a", "//a.org"]
)
def test_what_is_no_web_address_is_its_own_key(text: str) -> None:
    assert url_key(text) == text


@given(st.from_regex(r"\Ahttps?://(www\.)?[a-z0-9.-]{0,12}(/[A-Za-z0-9._~-]{0,4}){0,4}\Z"))
def test_a_plain_address_is_read_like_any_other(address: str) -> None:
    """What nothing follows takes a short cut; an empty query or fragment takes it away."""
    if is_web_url(address):
        assert url_key(address) == url_key(f"{address}#") == url_key(f"{address}?")


@given(
    st.text(st.characters(exclude_categories=())) | st.from_regex(r"\Ahttps?://[a-z.:@%\[\]/?#&=+A-Z0-9_ü\x00-\x20]*\Z")
)
def test_any_text_has_a_key_which_is_stable(text: str) -> None:
    key = url_key(text)
    assert key == url_key(text)
    assert url_key(f" {text} ") == key
    assert isinstance(is_web_url(text), bool)


@pytest.mark.parametrize(
    "text",
    [
        "https://a.org",
        "HTTP://a.org/b?c#d",
        "https://user:pass@a.org:8080/",
        "http://localhost:3000",
        "http://10.0.0.1?x",
        "https://ü.example/ä",
    ],
)
def test_web_addresses(text: str) -> None:
    assert is_web_url(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.org",
        "ftp://a.org",
        "https://",
        "https:///a",
        "https://a b",
        " https://a.org",
        "see https://a.org",
        "http://:80",
    ],
)
def test_no_web_addresses(text: str) -> None:
    assert not is_web_url(text)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://example.org/a?b=c", "example.org"),
        ("HTTPS://WWW.Example.org:8443/", "example.org"),
        (" https://ada:x@docs.example.org.\n", "docs.example.org"),
        ("https://Bücher.example/a", "bücher.example"),
        ("http://[2001:DB8::1]:80/", "[2001:db8::1]"),
        ("http://www.com", "www.com"),
        ("http://localhost:3000", "localhost"),
        ("https://example.org/a page", "example.org"),
        ("https://exam ple.org/", None),
        ("example.org/a", None),
        ("mailto:ada@example.org", None),
        ("ftp://example.org/", None),
        ("https://", None),
        ("https://:80/", None),
        ("", None),
    ],
)
def test_host(text: str, host: str | None) -> None:
    assert url_host(text) == host


def test_what_is_too_long_for_an_address_is_none() -> None:
    """One such text took 1.1 s and 729 MB where a pattern saw it before its length was known."""
    text = f"https://example.org/{'x' * 8_000_000}"
    assert (url_key(text), url_host(text), is_web_url(text)) == (text, None, False)
    _, peak = traced_bytes(lambda: (url_key(text), url_host(text), is_web_url(text)))
    assert peak < 1_000_000


@pytest.mark.parametrize("piece", ["&", "a=%&", "/..", "%41é", "é", "a.", "@", ":", "/%2e", "#/", "%e4"])
def test_no_address_takes_long(piece: str) -> None:
    before = time.thread_time()
    for start in ("https://", "https://a.example/", "https://a.example/?", "https://a.example/#/"):
        url_key(start + piece * (16_000 // len(piece)))
    assert time.thread_time() - before < 1
