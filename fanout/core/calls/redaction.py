"""A provider's words as one line that may be shown: no markup, no traceback, no keys."""

from __future__ import annotations

import html
import re

from ..values import clean

_READ_CHARS = 20_000  # of a text that is cleaned
_LINE_CHARS = 2_000  # of the line that comes of it

_TRACEBACK = "Traceback (most recent call last)"
_HIDDEN = re.compile(r"<(/?)(style|script)\b[^<>]{0,1000}>", re.I)
_COMMENT = re.compile(r"<!--[^<>]{0,2000}(?:-->|$)")
# what is no tag stays, such as `<urlopen error …>` and `a < b`: a tag has a bare name, or attributes, or is HTML's own
_TAG = re.compile(
    r"</?[a-z][\w:-]{0,40}\s{0,3}/?>"
    r"|<[a-z][\w:-]{0,40}(?:\s{1,9}[\w:@-]{1,40}){0,6}\s{1,9}[\w:@-]{1,40}\s?=[^<>]{0,1000}>"
    r"|<[!?][a-z][^<>]{0,1000}>",
    re.I,
)
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|apos|nbsp|#\d{1,5}|#x[0-9a-f]{1,4});", re.I)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\s]+")

_SECRET_NAME = (
    r"(?:api|access|secret|private|subscription|auth|app|x-api|ocp-apim-subscription)[-_ ]?(?:key|token|secret|id)\b"
    r"|\b[\w-]{0,20}token\b|\bauthorization|credentials?|signature|secret|client[-_ ]secret"
)
_SECRETS: tuple[tuple[re.Pattern[str], str], ...] = (
    # in the query of an address: whatever the value
    (
        re.compile(r"([?&][\w-]{0,40}?(?:key|token|secret|passw|signature|auth|\bsig)[\w-]{0,40}=)[^&\s\"'<>]+", re.I),
        r"\1***",
    ),
    (re.compile(r"(\w{1,20}://[^\s/:@]{1,200}:)[^\s/@]{1,200}(?=@)"), r"\1***"),
    (re.compile(r"(\b(?:bearer|basic)\s{1,3}[\"']?)(?=\S{0,200}[\d=])[\w.~+/=*-]{8,}", re.I), r"\1***"),
    (
        re.compile(r"((?:passw(?:or)?d|pwd|client[-_ ]?secret)[\"']?\s{0,2}[:=]\s{0,2}[\"']?)[^\s\"',;&}]{3,}", re.I),
        r"\1***",
    ),
    # behind the name of a secret: what has digits in it, as no word has
    (
        re.compile(
            rf"((?:{_SECRET_NAME})[\"'`)]{{0,2}}\s{{0,2}}(?:(?:provided|supplied|given|is|was)\b)?\s{{0,2}}[:=]?\s{{0,2}}[\"'`(]?)"
            r"(?=[\w.*+/-]{0,60}\d)[\w.*+/=-]{8,}",
            re.I,
        ),
        r"\1***",
    ),
    # and whatever has the look of one
    (
        re.compile(
            r"\b(?:sk|pk|rk|tvly|fc|exa|pplx|gsk|xai|hf|jina|ghp|gho|ghs|github_pat|glpat|xox[abprs]|npm|AKIA|ASIA|AIza|ya29|"
            r"app|dataset|lsv2)[-_.]?[\w*.-]{0,12}(?=[\w*-]{0,80}[\d*])[\w*-]{12,}"
        ),
        "***",
    ),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]+)?"), "***"),
    (re.compile(r"\b(?=[0-9a-f]{0,63}[a-f])(?=[0-9a-f]{0,63}\d)[0-9a-f]{32,64}\b", re.I), "***"),
)


def to_line(text: str) -> str:
    """One clean line without traceback, markup, control characters and secrets."""
    text = _without_traceback(text)[:_READ_CHARS]
    if "&" in text:
        text = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
    if "<" in text:
        text = _TAG.sub(" ", _COMMENT.sub(" ", _without_hidden(text)))
    line: str = clean(_CONTROL.sub(" ", text).strip())
    return without_secrets(line[:_LINE_CHARS])


def without_secrets(line: str) -> str:
    """The line with `***` in place of keys, tokens and passwords."""
    for pattern, shown in _SECRETS:
        line = pattern.sub(shown, line)
    return line


def _without_traceback(text: str) -> str:
    """What stands before a traceback; of a traceback alone its last line, which says what happened."""
    head, traceback, rest = text.partition(_TRACEBACK)
    if traceback and not head.strip():
        return rest.rpartition(_TRACEBACK)[2].strip(": \n").rpartition("\n")[2]
    return head


def _without_hidden(text: str) -> str:
    """The text without styles and scripts; one that is not closed goes to the end. In one pass, however many."""
    kept: list[str] = []
    shown_from: int | None = 0
    for tag in _HIDDEN.finditer(text):
        if tag[1]:
            shown_from = tag.end() if shown_from is None else shown_from
        elif shown_from is not None:
            kept.append(text[shown_from : tag.start()])
            shown_from = None
    if shown_from is not None:
        kept.append(text[shown_from:])
    return " ".join(kept)
