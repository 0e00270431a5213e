"""Addresses of pages: which of them are the same page, and of which host.

Kept by hand: of the libraries for this, none gives the keys that are wanted here. `url-normalize`, `w3lib`, `courlan`,
`yarl` and `ada-url` tell apart `%28` and `(`, http and https, `www.` and most click ids, or take every fragment off, or
join pages that differ only in the order of equal parameters. 100,000 mixed addresses take 0.7 s here, 0.3 s to 7.8 s
there. What is theirs alone, the mapping of Unicode hosts, comes from `idna`.
"""

from __future__ import annotations

import re
import unicodedata
from operator import itemgetter
from urllib.parse import quote, unquote

import idna

_MAX_CHARS = 16_384  # no address of a page is longer; such a text is its own key
_MAX_HOST_CHARS = 253  # of DNS; mapping a host to ASCII takes time by the square of its length

# an address with nothing in it that has a second spelling, but for http, `www.` and trailing slashes
_PLAIN = re.compile(r"https?://(?:www\.)?([a-z0-9_-]++(?:\.[a-z0-9_-]++)++)((?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*+)*+)/*+")
_ADDRESS = re.compile(r"(https?)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.IGNORECASE | re.DOTALL)
_WEB_URL = re.compile(
    r"https?://(?:[^\s/?#@]*@)?(?:\[[0-9a-f:.]+\]|[^\s/?#@:\[\]]+)(?::\d*)?(?:[/?#]\S*)?", re.IGNORECASE
)
_PLAIN_NAME = re.compile(r"[A-Za-z0-9._-]+")
_PATH_MARKS = "!$&'()*+,;=:@"  # stand for themselves in a path, escaped or not
_PLAIN_PATH = re.compile(rf"[A-Za-z0-9._~{re.escape(_PATH_MARKS)}/-]*")
_PLAIN_WORD = re.compile(r"[A-Za-z0-9._~-]*")
_DEFAULT_PORTS = {"http": "80", "https": "443"}

# Parameters that say through which click or campaign somebody came, and not which page: those that at least two public
# lists share (ClearURLs, the query stripping of Firefox and of Brave, AdGuard's filter), and the Chinese sites' own.
_TRACKING_PREFIXES = (
    *("utm_", "mtm_", "matomo_", "pk_", "piwik_", "itm_", "hsa_", "gad_", "oly_", "oft_", "vero_", "hmb_"),
    *("__hs", "fb_action_", "ga_source", "ga_medium", "ga_campaign", "ga_content", "ga_term", "guce_referrer"),
)
_TRACKING_NAMES = """
gclid gclsrc gbraid wbraid dclid srsltid _ga _gl _gac fbclid fb_source fb_ref fb_comment_id action_object_map
action_type_map action_ref_map igshid igsh mibextid msclkid yclid ysclid ymclid _openstat twclid
__twitter_impression ttclid li_fat_id epik rdt_cid sccid _hsenc _hsmi hsctatracking mkt_tok mc_cid mc_eid
ml_subscriber ml_subscriber_hash _kx _bhlid __s bbeml ss_email_id s_cid s_kwcid ef_id sc_eh sc_uid rb_clickid
irclickid irgwc unicorn_click_id wickedid bsft_clkid bsft_uid et_rid vgo_ee dicbo tblci xtor cmpid wt.mc_id wt_mc
guccounter _branch_match_id _branch_referrer echobox
spm scm spm_id_from vd_source share_source share_medium bd_vid hmsr hmpl hmcu hmkw hmci
"""
_TRACKING = frozenset(_TRACKING_NAMES.split())
# one that elsewhere may choose a page
_SHARE_ID = "si"
_SHARE_ID_HOSTS = ("youtube.com", "youtu.be", "youtube-nocookie.com", "spotify.com")


def url_key(url: str) -> str:
    """The same text for the same page under different spellings: `example.org/page?a=1`.

    Apart go: the case of scheme and host, http or https, `www.`, the default port, dot segments, trailing slashes, the
    order of query parameters (of those of one name it stays), tracking parameters, how characters are escaped, a host
    in Unicode or punycode, and a fragment unless it routes (`#/…`, `#!…`). What is no web address is its own key.
    """
    if len(url) > _MAX_CHARS:  # before any pattern
        return url.strip()
    plain = _PLAIN.fullmatch(url)  # as most are: a quarter of the time
    if plain is not None:
        return plain[1] + plain[2]
    text = url.strip()
    found = _ADDRESS.match(text if text.isascii() else _whole(text))
    if found is None:
        return text
    scheme, authority, path, query, fragment = found.groups()
    user, name, port = ("", authority, "") if _PLAIN_NAME.fullmatch(authority) else _split(scheme.lower(), authority)
    host = _bare(name.lower())
    if not host:
        return text
    return f"{user}{host}{port}{_page(path, query, host)}{_route(fragment, host) if fragment else ''}"


def url_host(text: str) -> str | None:
    """The host of a web address, in lower case, without `www.` and port: `example.org`; null for what is no address."""
    address = text.strip() if len(text) <= _MAX_CHARS else ""
    found = _ADDRESS.match(address)
    if found is None:
        return None
    host = _bare(_split_port(found[2].rpartition("@")[2])[0].lower())
    return host if host and not any(map(str.isspace, host)) else None


def is_web_url(text: str) -> bool:
    """Whether a text is an http or https address, and nothing else."""
    return len(text) <= _MAX_CHARS and _WEB_URL.fullmatch(text) is not None


# -- who serves the page


def _split(scheme: str, authority: str) -> tuple[str, str, str]:
    """`user:password@` or nothing, the name of the host in ASCII, and `:port` where it is not the scheme's own."""
    user, _, rest = authority.rpartition("@")
    name, port = _split_port(rest)
    user, name, port = user.removesuffix(":"), unquote(name), port.lstrip("0")
    return (
        f"{_escaped(user, _PATH_MARKS)}@" if user else "",
        name if name.isascii() or len(name) > _MAX_HOST_CHARS else _in_ascii(name),
        f":{port}" if port and port != _DEFAULT_PORTS[scheme] else "",
    )


def _split_port(host: str) -> tuple[str, str]:
    name, colon, port = host.rpartition(":")
    return (name, port) if colon and (port.isdecimal() or not port) else (host, "")


def _bare(host: str) -> str:
    host = host.removesuffix(".") or host
    bare = host.removeprefix("www.")
    return bare if "." in bare else host  # `www.com` is a name of its own


def _in_ascii(host: str) -> str:
    """A Unicode host in punycode; names that the standard does not allow but browsers open (emoji) likewise."""
    try:
        return idna.encode(host, uts46=True).decode("ascii").lower()
    except UnicodeError:
        labels = unicodedata.normalize("NFKC", host).lower().split(".")
        return ".".join(label if label.isascii() else f"xn--{label.encode('punycode').decode()}" for label in labels)


# -- which page it is


def _page(path: str, query: str | None, host: str) -> str:
    place = _path(path)
    parameters = _parameters(query, host) if query else ""
    return f"{place}?{parameters}" if parameters else place


def _route(fragment: str, host: str) -> str:
    """A fragment that chooses what a page shows, as sites do that route in the browser; else nothing."""
    if not fragment.startswith(("/", "!")):
        return ""
    path, _, query = fragment.partition(":~:")[0].partition("?")
    page = _page(path, query, host)
    return f"#{page}" if page.strip("/!") else ""


def _path(path: str) -> str:
    if _PLAIN_PATH.fullmatch(path) is None:
        path = "/".join(_escaped(segment, _PATH_MARKS) for segment in path.split("/"))
    if "/." in path:
        path = _without_dots(path)
    return path.rstrip("/")


def _without_dots(path: str) -> str:
    """The path without the segments `.` and `..`, as RFC 3986 5.2.4 takes them out."""
    head, *segments = path.split("/")
    kept: list[str] = []
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    return "/".join((head, *kept))


def _parameters(query: str, host: str) -> str:
    """The parameters that choose the page, by name; those of one name keep their order."""
    pairs = [_pair(each) for each in query.split("&")]
    kept = [pair for pair in pairs if pair != ("", "") and not _is_tracking(pair[0], host)]
    kept.sort(key=itemgetter(0))
    return "&".join([f"{name}={value}" if value else name for name, value in kept])


def _pair(parameter: str) -> tuple[str, str]:
    name, _, value = parameter.partition("=")
    if _PLAIN_WORD.fullmatch(name) is None:
        name = _escaped(name.replace("+", " "), "")
    if _PLAIN_WORD.fullmatch(value) is None:
        value = _escaped(value.replace("+", " "), "")
    return name, value


def _is_tracking(name: str, host: str) -> bool:
    name = name.lower()
    if name == _SHARE_ID:
        return any(host == site or host.endswith(f".{site}") for site in _SHARE_ID_HOSTS)
    return name in _TRACKING or name.startswith(_TRACKING_PREFIXES)


def _whole(text: str) -> str:
    """The text with U+FFFD for each lone surrogate."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _escaped(text: str, safe: str) -> str:
    """Each character in its one form: `safe`, letters, digits and `-._~` as they are, others as escapes of UTF-8.

    Escaped bytes that are no UTF-8 pass through as surrogates, and stay as they are.
    """
    decoded = unquote(text, errors="surrogateescape")
    return quote(unicodedata.normalize("NFC", decoded), safe, errors="surrogateescape")
