"""What people and other nodes give as addresses."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core.frontends.addresses import Address, read_addresses
from fanout.core.frontends.parameters import Settings
from fanout.core.urls import is_web_url

NEEDS_HTTPS = "is no web address; write https:// and the rest of it"
OTHER_SCHEME = "is no web address; only http and https are read"


def read(**parameters: Any) -> tuple[Address, ...]:
    settings = Settings(parameters)
    addresses = read_addresses(parameters, settings)
    settings.check()
    return addresses


def problems_of(**parameters: Any) -> list[str]:
    settings = Settings(parameters)
    read_addresses(parameters, settings)
    return [str(problem) for problem in settings.problems]


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://a.example/b?c#d", "https://a.example/b?c#d"),
        (" HTTP://A.example ", "HTTP://A.example"),
        ("a.example", "https://a.example"),
        ("a.example/b:c@d", "https://a.example/b:c@d"),
        ("a.example:8080/b", "https://a.example:8080/b"),
        ("//a.example/b", "https://a.example/b"),
        ("localhost:3000", "https://localhost:3000"),
        ("http://intranet/page", "http://intranet/page"),
        ("http://[2001:db8::1]:80/b", "http://[2001:db8::1]:80/b"),
        ("[::1]/b", None),  # what begins with a bracket is a list
        ("10.0.0.1/b", "https://10.0.0.1/b"),
        ("bücher.example/ä", "https://bücher.example/ä"),
        ("https://user:secret@a.example/", "https://user:secret@a.example/"),
    ],
)
def test_a_missing_scheme_is_https(text: str, url: str | None) -> None:
    if url is None:
        assert problems_of(urls=text)
        return
    assert [address.url for address in read(urls=text)] == [url]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("hello", NEEDS_HTTPS),
        ("hello there", "holds spaces, which no address does; give one a line"),
        ("see https://a.example/a", "holds spaces, which no address does; give one a line"),
        ("https://", NEEDS_HTTPS),
        ("https:/a.example", NEEDS_HTTPS),
        ("https:///a", NEEDS_HTTPS),
        ("ftp://a.example/", OTHER_SCHEME),
        ("file:///etc/hosts", OTHER_SCHEME),
        ("javascript:alert(1)", OTHER_SCHEME),
        ("data:text/html,x", OTHER_SCHEME),
        ("mailto:a@b.example", OTHER_SCHEME),
        ("tel:12345", NEEDS_HTTPS),
        ("a@b.example", NEEDS_HTTPS),
        (".", NEEDS_HTTPS),
        ("a.", NEEDS_HTTPS),
        ("/relative/path.html", NEEDS_HTTPS),
        ("?a.b", NEEDS_HTTPS),
    ],
)
def test_what_is_no_address_keeps_its_text_and_says_why(text: str, problem: str) -> None:
    assert read(items=[text, "a.example"])[0] == Address("items[0]", text, None, problem)


def test_lines_have_their_numbers_and_blank_ones_are_left_out() -> None:
    addresses = read(urls="\r\n a.example \r\n\r\n\t\nb.example")
    assert [(address.where, address.url) for address in addresses] == [
        ("urls line 2", "https://a.example"),
        ("urls line 5", "https://b.example"),
    ]


@pytest.mark.parametrize(
    "given",
    [
        {"urls": '["a.example", {"url": "b.example"}]'},
        {"urls": ["a.example", {"url": "b.example", "title": "B"}]},
        {"items": ["a.example", {"url": " b.example"}]},
        {"items": '["a.example", "b.example"]'},
        {"items": ['["a.example", "b.example"]']},
        {"items": ["a.example\n\nb.example\n"]},
        {"items": "a.example\nb.example"},
        {"urls": "a.example", "items": ["b.example"]},
    ],
)
def test_every_door_takes_what_the_platform_may_make_of_a_list(given: dict[str, Any]) -> None:
    assert [address.url for address in read(**given)] == ["https://a.example", "https://b.example"]


@pytest.mark.parametrize(
    ("item", "problem"),
    [
        (None, "is null; give an address, or an object with url"),
        (7, "is a number; give an address, or an object with url"),
        (["a.example"], "is a list of 1; give an address, or an object with url"),
        ({"url": None}, "has no url"),
        ({"url": ["a.example"]}, "has no url"),
        (" ", "is empty"),
    ],
)
def test_every_element_of_a_list_counts(item: Any, problem: str) -> None:
    addresses = read(items=[item, "a.example"])
    assert addresses[0] == Address("items[0]", "", None, problem)
    assert addresses[1].url == "https://a.example"


def test_an_empty_list_has_no_addresses() -> None:
    assert read(items=[]) == ()
    assert read(urls="[]") == ()


def test_nothing_is_a_problem() -> None:
    assert problems_of(urls=" \n", items=None) == ["urls: is missing; give one address a line, or a list in items"]


def test_both_doors_report_what_they_cannot_read() -> None:
    problems = problems_of(urls='["a.example"', items="[{]")
    assert [problem.split(":")[0] for problem in problems] == ["urls", "items"]


@given(st.text() | st.from_regex(r"\A(https?:)?/{0,3}[a-z.:@\[\]/?#é\x00-\x20]*\Z"))
def test_what_is_called_has_a_scheme_and_a_host(text: str) -> None:
    for address in read(items=[text, "x.example"]):
        assert (address.url is None) == bool(address.problem)
        assert address.url is None or is_web_url(address.url)
        assert text.strip() not in address.problem or len(text.strip()) < 12  # no values in errors


# -- as people and models write them

A, B, C = "https://a.example/1", "https://b.example/2", "https://c.example/3"


@pytest.mark.parametrize(
    "text",
    [
        f"- {A}\n2. {B}\n- [C]({C})",
        f"* <{A}>\n• {B}\n3) {C}",
        f"{A}, {B}, {C}",
        f"{A},{B};{C}",
        f"{A}，{B}、{C}",
        f"{A} {B}\n\n{C},",
        f"<{A}> <{B}> <{C}>",
        f"“{A}”\n'{B}'\n`{C}`",
        f'[A]({A}) and [B]({B} "title")\n[C](<{C}>)',
        f"['{A}', '{B}', \"{C}\"]",
        f'["{A}", "{B}", "{C}"]',
        f"[{{'url': '{A}', 'title': \"It's\"}}, {{'href': '{B}', 'x': None}}, {{'link': '{C}'}}]",
        f'```json\n["{A}", "{B}", "{C}"]\n```',
        f"```\n{A}\n{B}\n{C}\n```",
    ],
)
def test_addresses_as_people_and_models_list_them(text: str) -> None:
    assert [address.url for address in read(urls=text)] == [A, B, C]
    assert [address.url for address in read(items=[text])] == [A, B, C]


def test_hosts_alone_are_separated_by_commas() -> None:
    assert [address.url for address in read(urls="a.example,b.example")] == ["https://a.example", "https://b.example"]


@pytest.mark.parametrize(
    "url",
    ["https://a.example/x,y.html", "https://a.example/a_(b)", "https://a.example/?q=a;b,c", "https://a.example/1.2.3."],
)
def test_what_belongs_to_an_address_stays(url: str) -> None:
    assert [address.url for address in read(urls=url)] == [url]
    assert [address.url for address in read(urls=f"[T]({url})")] == [url]


def test_hits_of_search_tools_have_their_address_under_several_names() -> None:
    hits = [{"url": "", "href": A}, {"link": B, "title": "x"}, {"url": C, "link": A}]
    assert [address.url for address in read(items=hits)] == [A, B, C]


@pytest.mark.parametrize(
    "result", [{"items": [{"url": "a.example"}, {"title": "B"}]}, '{"items": [{"url": "a.example"}, {"title": "B"}]}']
)
@pytest.mark.parametrize("door", ["urls", "items"])
def test_the_result_of_a_search_is_its_hits(door: str, result: Any) -> None:
    assert [(each.where, each.url) for each in read(**{door: result})] == [
        (f"{door}[0]", "https://a.example"),
        (f"{door}[1]", None),
    ]
    assert [each.url for each in read(items=[{"items": ["a.example"], "url": "b.example"}])] == ["https://b.example"]
    assert read(items={"items": []}) == ()


def test_elements_of_a_list_stay_one_each() -> None:
    addresses = read(items=[f"[A]({A})", f"- <{B}>", "no address at all", f"{A} {B}"])
    assert [address.url for address in addresses] == [A, B, None, None]


@pytest.mark.parametrize(
    "line",
    [
        "(2) https://a.example/1",
        "3、https://a.example/1",
        "**https://a.example/1**",
        "\u00a0https://a.example/1\u3000",
        "\ufeffhttps://a.example/1\u200b",
        "https://a.example/1。",
        "- [ ] https://a.example/1",
        "> https://a.example/1",
        "1. [x] <https://a.example/1>",
    ],
)
def test_what_stands_around_an_address_is_taken_off(line: str) -> None:
    assert [address.url for address in read(urls=line)] == ["https://a.example/1"]
