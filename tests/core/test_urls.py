"""Which addresses are the same page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core.urls import is_web_url, url_key

PAGE = "https://example.org/a/b?x=1&y=2"


@pytest.mark.parametrize(
    "spelling",
    [
        "http://example.org/a/b?x=1&y=2",
        "HTTPS://EXAMPLE.org/a/b?x=1&y=2",
        "https://www.example.org/a/b?x=1&y=2",
        "https://WWW.Example.org/a/b?x=1&y=2",
        "https://example.org:443/a/b?x=1&y=2",
        "http://example.org:80/a/b?x=1&y=2",
        "https://example.org:/a/b?x=1&y=2",
        "https://example.org./a/b?x=1&y=2",
        "https://example.org/a/b?x=1&y=2#part",
        "https://example.org/a/b?x=1&y=2#",
        "https://example.org/a/b/?x=1&y=2",
        "https://example.org/a/b//?x=1&y=2",
        "https://example.org/a/b?y=2&x=1",
        "https://example.org/a/b?&y=2&&x=1&",
        "https://example.org/a/b?x=1&utm_source=mail&y=2&utm_Campaign=z",
        "https://example.org/a/b?gclid=abc&x=1&fbclid=d&y=2&msclkid",
        "https://example.org/%61/b?x=%31&y=2",
        "  https://example.org/a/b?x=1&y=2\n",
    ],
)
def test_spellings_of_one_page(spelling: str) -> None:
    assert url_key(spelling) == url_key(PAGE)


@pytest.mark.parametrize(
    "other",
    [
        "https://example.com/a/b?x=1&y=2",
        "https://docs.example.org/a/b?x=1&y=2",
        "https://example.org/A/b?x=1&y=2",
        "https://example.org/a?x=1&y=2",
        "https://example.org/a/b?x=1",
        "https://example.org/a/b?x=2&y=2",
        "https://example.org/a/b?x=1&y=2&page=3",
        "https://example.org/a/b?x=1&y=2&my_utm_source=a",
        "https://example.org:8443/a/b?x=1&y=2",
        "https://user@example.org/a/b?x=1&y=2",
        "ftp://example.org/a/b?x=1&y=2",
        "https://example.org/a%2Fb?x=1&y=2",
    ],
)
def test_other_pages(other: str) -> None:
    assert url_key(other) != url_key(PAGE)


def test_the_home_page() -> None:
    homes = [
        "http://www.example.org",
        "https://example.org/",
        "https://example.org/?utm_source=x",
        "https://example.org/#",
    ]
    assert {url_key(home) for home in homes} == {"example.org"}


def test_values_of_one_parameter_keep_their_order() -> None:
    assert url_key("https://a.org?t=1&t=2") != url_key("https://a.org?t=2&t=1")
    assert url_key("https://a.org?t=1&b=0&t=2") == url_key("https://a.org?b=0&t=1&t=2")


def test_escapes_are_alike_in_either_case() -> None:
    assert url_key("https://a.org/%e2%82%ac") == url_key("https://a.org/%E2%82%AC")


def test_a_host_that_is_www_stays() -> None:
    assert url_key("https://www.com/a") != url_key("https://com/a")


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


@given(st.text(st.characters()) | st.from_regex(r"\Ahttps?://[a-z.:@%\[\]/?#&=+A-Z0-9_ü\x00-\x20]*\Z"))
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
