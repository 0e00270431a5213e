"""What to write instead: advice for what other languages have, and JMESPath writes in another way.

The nearest name by its letters is only for what is not known here.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Collection, Sequence

from ..errors import ExpressionError
from ..texts import say_character
from .lexer import Token

_SHOWN_CHARS = 60  # of an expression in a message
_WORD_CHARS = 60

_ARITHMETIC = "there is no arithmetic; sum([a, b]) adds numbers, join('', [a, b]) puts texts together"
_NAME = 'names with other characters stand in double quotes: "first-name"'
_CONDITION = "there is no ? :; write condition && this || that"
_ALREADY = "this field is an expression already: write it without ${…} and {{…}}"
_QUOTE_INSIDE = "a quote inside single quotes is written \\'"
_NOT_CLOSED = f"{_QUOTE_INSIDE}; in YAML ' #' begins a comment, so put the whole in quotes there"
_BLANKS = 'a name with blanks stands in double quotes: "first name"'
_ORDER = "descending: true beside sort_by turns the order"
_FORMAT = "join('', ['a ', b]) puts texts together"

_WORDS = {"and": "&&", "or": "||", "not": "!", "is": "==", "eq": "==", "ne": "!=", "gt": ">", "lt": "<"}
_TESTS = {
    "in": "contains(list, value)",
    "contains": "contains(text, 'word')",
    "like": "contains(text, 'word')",
    "matches": "regex_match(text, 'pattern')",
    "startswith": "starts_with(text, 'word')",
    "endswith": "ends_with(text, 'word')",
}
_CURLY = dict.fromkeys("\u2018\u2019\u201a\u201b\u2032", "'") | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", '"')

# names of functions elsewhere → what to write here
_FUNCTIONS = {
    "not": "write !(…)",
    "concat": "join('', [a, b]) puts texts together, [a, b][] joins lists",
    "if": "write condition && this || that",
    "iif": "write condition && this || that",
    "format": _FORMAT,
    "printf": _FORMAT,
    "sprintf": _FORMAT,
    "filter": "a filter is list[?condition]",
    "where": "a filter is list[?condition]",
    "select": "a filter is list[?condition], a part of each element list[].{name: name}",
    "pluck": "write list[].name",
    "flatten": "write list[]",
    "first": "write list[0]",
    "head": "write list[0]",
    "last": "write list[-1]",
    "tail": "write list[1:]",
    "nth": "write list[2]",
    "get": "write object.name, or list[0]",
    "in": "write contains(list, value)",
    "includes": "write contains(list, value)",
    "has": "write contains(keys(object), 'name')",
    "index_of": "contains(text, 'word') says whether it is there, split(text, 'word') cuts there",
    "find_first": "contains(text, 'word') says whether it is there, split(text, 'word') cuts there",
    "find_last": "contains(text, 'word') says whether it is there, split(text, 'word') cuts there",
    "exists": "write name != null",
    "is_null": "write name == null",
    "isnull": "write name == null",
    "is_empty": "write !name",
    "empty": "write !name",
    "pad_left": "there is no padding",
    "pad_right": "there is no padding",
    "round": "write floor(sum([number, `0.5`]))",
    "add": "write sum([a, b])",
    "now": "there is no clock; hand the time over in the inputs",
    "date": "there is no clock; hand the time over in the inputs",
    "today": "there is no clock; hand the time over in the inputs",
    "let": "write let $name = value in …",
}
_SUBSTRING = dict.fromkeys(("slice", "substr", "substring", "left", "mid", "truncate", "slice_text"), "text[0:100]")
_SUBSTRING |= {"right": "text[-100:]"}
_OTHER_NAMES = {
    "length": ("count", "len", "size", "strlen", "cardinality"),
    "to_number": ("int", "float", "number", "num", "parseint", "parsefloat", "to_int", "toint", "tonumber", "decimal"),
    "to_string": ("str", "string", "tostring", "text", "to_text", "to_json", "tojson", "stringify", "dumps", "dump"),
    "parse_json": ("json", "json_parse", "from_json", "fromjson", "loads", "to_object", "parse", "json_decode"),
    "regex_match": ("match", "matches", "test", "regex", "regexp", "like", "regex_test", "is_match"),
    "regex_find": ("findall", "find_all", "extract", "regex_search", "regex_extract", "scan", "search"),
    "regex_replace": ("sub", "gsub", "regex_sub", "re_sub"),
    "unique": ("distinct", "uniq", "dedupe", "set"),
    "unique_by": ("distinct_by", "uniq_by", "dedupe_by"),
    "lower": ("lowercase", "to_lower", "tolower", "lcase", "downcase"),
    "upper": ("uppercase", "to_upper", "toupper", "ucase", "upcase"),
    "trim": ("strip", "trim_left", "trim_right", "ltrim", "rtrim", "lstrip", "rstrip", "trimstart", "trimend"),
    "not_null": ("default", "coalesce", "nvl", "ifnull", "if_null"),
    "avg": ("average", "mean"),
    "sort_by": ("order_by", "orderby"),
    "items": ("entries", "to_entries", "pairs"),
    "from_items": ("from_entries", "object", "dict"),
    "url_host": ("host", "domain", "hostname"),
    "table": ("markdown", "markdown_table", "to_table"),
    "join": ("implode", "string_join"),
    "values": ("vals",),
    "ceil": ("ceiling",),
    "contains": ("include", "find", "any", "instr"),
}
_NEAR = {other: name for name, others in _OTHER_NAMES.items() for other in others}


def function_remedy(name: str, functions: Collection[str]) -> str:
    """What to write for a function that does not exist."""
    known = name[:_WORD_CHARS].lower()
    if known in _FUNCTIONS:
        return _FUNCTIONS[known]
    if known in _SUBSTRING:
        return f"a part of a text is {_SUBSTRING[known]}"
    if known in _NEAR:
        return f"here it is {_NEAR[known]}()"
    close = difflib.get_close_matches(known, functions, n=1)
    return f"did you mean {close[0]}?" if close else f"there are {', '.join(sorted(functions))}"


def unexpected(text: str, tokens: Sequence[Token], index: int) -> ExpressionError:
    """The error about the token at `index`, which cannot stand there."""
    token = tokens[index]
    column = token.start + 1
    if token.kind == "eof":
        return ExpressionError(f"{quoted(text, token.start)} ends too early", column, _for_end(tokens, index))
    if token.kind == "unreadable":
        return _unreadable(text, token)
    found = text[token.start : token.end if token.kind in _SHOWN_WHOLE else token.start + 1][:_WORD_CHARS]
    advice = _mark_around(tokens, index) or _REMEDIES.get(token.kind, _nothing)(text, tokens, index)
    return ExpressionError(f"unexpected {_named(found)} in {quoted(text, token.start)}", column, advice)


def quoted(text: str, place: int = 0) -> str:
    """The expression for a message: one line, and of a long one what stands around `place`."""
    start = max(0, min(place - _SHOWN_CHARS // 2, len(text) - _SHOWN_CHARS))
    start = 0 if place < _SHOWN_CHARS * 2 // 3 else start
    end = start + _SHOWN_CHARS
    line = " ".join(text[start:end].split())
    return f'"{"…" if start else ""}{line}{"…" if end < len(text) else ""}"'


_SHOWN_WHOLE = frozenset(("unquoted_identifier", "variable", "number", "eq", "ne", "or", "and"))


def _unreadable(text: str, token: Token) -> ExpressionError:
    quote = text[token.start]
    problem = f"what {quote} opens in {quoted(text, token.start)} is not closed"
    if quote == "`":
        return ExpressionError(
            f"{problem}, or is no JSON", token.start + 1, "JSON stands between two backticks: `1`, `null`"
        )
    if quote == "'":
        return ExpressionError(problem, token.start + 1, _NOT_CLOSED)
    return ExpressionError(f"{problem}, or is no text", token.start + 1)


def _named(found: str) -> str:
    """A character by its name, if it only looks like one that has a meaning, or cannot be seen."""
    if len(found) != 1 or (found.isascii() and found.isprintable()) or found.isalnum():
        return found
    name = say_character(found).removeprefix("a ").removeprefix("an ")
    return f"{found} ({name})" if found.isprintable() and not found.isspace() else name


def _nothing(text: str, tokens: Sequence[Token], index: int) -> str:
    return ""


def _for_end(tokens: Sequence[Token], index: int) -> str:
    if not index:
        return "write @ for all there is"
    missing = _open_brackets(tokens)
    return f"write {missing} to close what is open" if missing else ""


_CLOSED_BY = {"lparen": ")", "lbracket": "]", "filter": "]", "lbrace": "}"}
_CLOSES = frozenset(("rparen", "rbracket", "rbrace"))


def _open_brackets(tokens: Sequence[Token]) -> str:
    """What closes the brackets that are open at the end."""
    closing: list[str] = []
    for token in tokens:
        if token.kind in _CLOSED_BY:
            closing.append(_CLOSED_BY[token.kind])
        elif closing and token.kind in _CLOSES:
            closing.pop()
    return "".join(reversed(closing))


def _mark_around(tokens: Sequence[Token], index: int) -> str:
    """For `${x}` and `{{x}}`."""
    if tokens[index].kind != "lbrace" or index == 0:
        return ""
    before = tokens[index - 1]
    is_mark = before.kind in ("root", "lbrace") and before.end == tokens[index].start
    return _ALREADY if is_mark else ""


def _for_number(text: str, tokens: Sequence[Token], index: int) -> str:
    number = text[tokens[index].start : tokens[index].end][:_WORD_CHARS]
    before = tokens[index - 1].kind if index else ""
    if before == "dot":
        return f"write [{number}]"
    if before == "lbracket":
        return f"an index follows its list without a dot: list[{number}]"
    if number.startswith("-") and before in _OPERAND_ENDS:
        return _ARITHMETIC
    fraction = tokens[index + 1 : index + 3]
    if [token.kind for token in fraction] == ["dot", "number"]:
        number += "." + text[fraction[1].start : fraction[1].end][:_WORD_CHARS]
    return f"write numbers between backticks: `{number}`"


_OPERAND_ENDS = frozenset(("unquoted_identifier", "quoted_identifier", "rparen", "rbracket", "number", "literal"))


def _for_word(text: str, tokens: Sequence[Token], index: int) -> str:
    word = tokens[index].value
    before = _word_at(tokens, index - 1)
    if word.lower() in _WORDS:
        return f"write {_WORDS[word.lower()]} for {word}"
    if word.lower() in _TESTS:
        return f"write {_TESTS[word.lower()]} for {word}"
    if before == "not":
        return "write ! for not"
    if before == "if":
        return _CONDITION
    if word.lower() in ("asc", "desc", "ascending", "descending"):
        return _ORDER
    if index and tokens[index - 1].kind == "unquoted_identifier":
        return _BLANKS
    return _QUOTE_INSIDE if index and text[tokens[index - 1].end - 1] == "'" else ""


def _word_at(tokens: Sequence[Token], index: int) -> str:
    token = tokens[max(index, 0)]
    return str(token.value).lower() if token.kind == "unquoted_identifier" else ""


def _for_text(text: str, tokens: Sequence[Token], index: int) -> str:
    """For `a["x"]`, `a['x']` and `a.'x'`."""
    token = tokens[index]
    is_field = index and tokens[index - 1].kind in ("lbracket", "dot")
    if not is_field or not isinstance(token.value, str):
        return ""
    name = token.value[:_WORD_CHARS]
    return f"a field is read with a dot: .{name}" if name.isidentifier() else f'a field is read with a dot: ."{name}"'


def _for_name(text: str, tokens: Sequence[Token], index: int) -> str:
    """For `a[x]`, or a word where an operator belongs."""
    if index >= 2 and tokens[index - 1].kind == "lbracket" and tokens[index - 2].kind in _OPERAND_ENDS:
        return "a field is read with a dot, an element by its number, and a filter begins with [?"
    return _for_word(text, tokens, index)


def _for_assign(text: str, tokens: Sequence[Token], index: int) -> str:
    after = text[tokens[index].end : tokens[index].end + 1]
    before = tokens[index - 1] if index else None
    if before is not None and before.kind in ("eq", "ne") and before.end == tokens[index].start:
        return f"write {'==' if before.kind == 'eq' else '!='}"
    if after == ">":
        return "write >= for at least; there are no => functions, &name is an expression for each element"
    return "write <=" if after == "<" else "equality is =="


def _for_order(text: str, tokens: Sequence[Token], index: int) -> str:
    before = tokens[index - 1] if index else None
    if before is None or before.end != tokens[index].start:
        return ""
    return {"lt": "write !=", "assign": "write >="}.get(before.kind, "") if tokens[index].kind == "gt" else ""


def _for_unknown(text: str, tokens: Sequence[Token], index: int) -> str:
    token = tokens[index]
    found = text[token.start]
    if found == "#" or text.startswith("//", token.start):
        return "an expression has no comments"
    if found in "+/%^":
        return _ARITHMETIC
    if found == "-":
        before, after = text[max(token.start - 1, 0) : token.start], text[token.end : token.end + 1]
        return _NAME if before.isalnum() and after.isalnum() else _ARITHMETIC
    if found == "?":
        return _for_question(text, token)
    if found in _CURLY:
        return (
            "write straight quotes: 'text'" if _CURLY[found] == "'" else "text stands in straight single quotes: 'text'"
        )
    plain = unicodedata.normalize("NFKC", found)
    if not found.isprintable() or plain == " ":
        return "take it out, or write an ordinary space"
    return f"write {plain}" if plain != found and plain.isascii() else _ASCII_FORMS.get(found, "")


_ASCII_FORMS = {"\u3002": "write .", "\u3001": "write ,", "\u00d7": _ARITHMETIC, "\u2212": _ARITHMETIC} | {
    "\u2260": "write !=",
    "\u2264": "write <=",
    "\u2265": "write >=",
    "\u2014": _ARITHMETIC,
    "\u2013": _ARITHMETIC,
    ";": "one expression has no ; join parts with [a, b] or {x: a, y: b}",
    "~": "for patterns there is regex_match(text, 'pattern')",
    "\\": "a backslash has a meaning in quotes only",
}


def _for_question(text: str, token: Token) -> str:
    after = text[token.end : token.end + 1]
    if after == "?":
        return "a default is a || b"
    return "every step may be missing: write . for ?." if after == "." else _CONDITION


def _for_star(text: str, tokens: Sequence[Token], index: int) -> str:
    return _ARITHMETIC if index and tokens[index - 1].kind in _OPERAND_ENDS else ""


def _for_dot(text: str, tokens: Sequence[Token], index: int) -> str:
    if index and tokens[index - 1].kind == "dot":
        return "there is no ..; write every step, or * for all fields"
    return "" if index and tokens[index - 1].kind in _OPERAND_ENDS else "a path begins with a name, without a dot"


def _for_bracket(text: str, tokens: Sequence[Token], index: int) -> str:
    return "an index follows its list without a dot" if index and tokens[index - 1].kind == "dot" else ""


def _for_brace(text: str, tokens: Sequence[Token], index: int) -> str:
    """For `{a}`."""
    word = _word_at(tokens, index - 1)
    return f"write {{{word}: {word}}}" if word and index > 1 and tokens[index - 2].kind == "lbrace" else ""


def _for_colon(text: str, tokens: Sequence[Token], index: int) -> str:
    is_key = index > 1 and tokens[index - 2].kind in ("lbrace", "comma")
    return 'a name that is made is written {name: value} or {"first name": value}' if is_key else ""


def _for_ampersand(text: str, tokens: Sequence[Token], index: int) -> str:
    return "write && for and" if index and tokens[index - 1].kind in _OPERAND_ENDS else ""


def _for_variable(text: str, tokens: Sequence[Token], index: int) -> str:
    name = tokens[index].value[:_WORD_CHARS]
    is_field = index and tokens[index - 1].kind == "dot"
    return f'write .{name}, or ."${name}" where the $ belongs to the name' if is_field else ""


def _for_current(text: str, tokens: Sequence[Token], index: int) -> str:
    return _NAME if index and tokens[index - 1].kind == "dot" else ""


_REMEDIES = {
    "number": _for_number,
    "unquoted_identifier": _for_name,
    "quoted_identifier": _for_text,
    "literal": _for_text,
    "dot": _for_dot,
    "lbracket": _for_bracket,
    "rbrace": _for_brace,
    "assign": _for_assign,
    "gt": _for_order,
    "unknown": _for_unknown,
    "star": _for_star,
    "expref": _for_ampersand,
    "variable": _for_variable,
    "colon": _for_colon,
    "current": _for_current,
}
