"""Addresses of pages: which of them are the same page."""

from __future__ import annotations

import re

# an address with nothing in it that has a second spelling, but for http, `www.` and trailing slashes
_PLAIN = re.compile(r"https?://(?:www\.)?([a-z0-9_-]+(?:\.[a-z0-9_-]+)+)((?:/[A-Za-z0-9._~-]+)*)/*")
_ADDRESS = re.compile(r"(https?)://([^/?#]*)([^?#]*)(?:\?([^#]*))?", re.IGNORECASE)
_WEB_URL = re.compile(
    r"https?://(?:[^\s/?#@]*@)?(?:\[[0-9a-f:.]+\]|[^\s/?#@:\[\]]+)(?::\d*)?(?:[/?#]\S*)?", re.IGNORECASE
)
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
_MAX_CHARS = 16_384  # no address of a page is longer; such a text is its own key

# parameters that say through which click or campaign somebody came
_TRACKING = re.compile(
    r"(?:utm_.*|gclid|gclsrc|gbraid|wbraid|dclid|fbclid|msclkid|yclid|ysclid|twclid|ttclid|igshid|igsh|li_fat_id"
    r"|mc_cid|mc_eid|srsltid|epik|rdt_cid|_openstat)(?:=.*)?",
    re.IGNORECASE | re.DOTALL,
)


def url_key(url: str) -> str:
    """The same text for the same page under different spellings: `example.org/page?a=1`.

    Apart go: the case of scheme and host, http or https, `www.`, the default port, the fragment, trailing slashes, the
    order of query parameters, `utm_*` and click ids, needless percent escapes. What is no web address is its own key.
    """
    plain = _PLAIN.fullmatch(url)  # as most are: a quarter of the time
    if plain is not None and len(url) <= _MAX_CHARS:
        return plain[1] + plain[2]
    text = url.strip()
    found = _ADDRESS.match(text) if len(text) <= _MAX_CHARS else None
    if found is None or not found[2]:
        return text
    scheme, authority, path, query = found.groups()
    key = _host(scheme.lower(), authority) + _unescape(path).rstrip("/")
    parameters = _parameters(query or "")
    return f"{key}?{parameters}" if parameters else key


def is_web_url(text: str) -> bool:
    """Whether a text is an http or https address, and nothing else."""
    return _WEB_URL.fullmatch(text) is not None


def _host(scheme: str, authority: str) -> str:
    user, at, host = authority.rpartition("@")
    host = host.lower()
    name, colon, port = host.rpartition(":")
    if colon and port in ("", _DEFAULT_PORTS[scheme][1:]):
        host = name
    host = host.removesuffix(".")
    bare = host.removeprefix("www.")
    return user + at + (bare if "." in bare else host)


def _parameters(query: str) -> str:
    """The parameters that choose the page, by name; those of one name keep their order."""
    kept = [_unescape(each) for each in query.split("&") if each and not _TRACKING.fullmatch(each)]
    return "&".join(sorted(kept, key=_name))


def _name(parameter: str) -> str:
    return parameter.partition("=")[0]


def _unescape(text: str) -> str:
    """Characters that need no escape stand for themselves, other escapes are written in capitals."""
    return _ESCAPE.sub(_plain, text) if "%" in text else text


def _plain(escape: re.Match[str]) -> str:
    character = chr(int(escape[1], 16))
    return character if character in _UNRESERVED else escape[0].upper()
