"""Rules about what the code can do, and which words and addresses are in the package."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .package import CODE, Findings, Package, blocks, look

_SIGNALS = {
    "runs commands": re.compile(
        r"\bsubprocess\.(run|Popen|call|check_call|check_output)\s*\(|\bos\.(system|popen|spawn\w*|exec\w*)\s*\("
        r"|\bpty\.spawn\s*\("
    ),
    "runs code": re.compile(
        r"(?<![\w.])(eval|exec|compile)\s*\(|\bimportlib\.import_module\s*\(|\b__import__\s*\("
        r"|\b(pickle|marshal)\.loads?\s*\("
    ),
    "reads a database": re.compile(
        r"\bselect\b.{0,200}?\bfrom\b|\binsert\s+into\b|\bdelete\s+from\b|\bupdate\s+\S+\s+set\b"
        r"|\b(drop|alter|create)\s+(table|database|index)\b"
        r"|\b(sqlite3|psycopg2?|pymysql|mysql\.connector|sqlalchemy)\b|\.execute(many)?\s*\(",
        re.IGNORECASE,
    ),
    "opens a shell elsewhere": re.compile(r"\b(paramiko|asyncssh|pysftp)\b|\bSSHClient\s*\("),
    "works on files": re.compile(
        r"(?<![\w.])open\s*\(|\bos\.(remove|unlink|rename|replace|makedirs|listdir|walk)\s*\("
        r"|\bshutil\.(copy|copyfile|copytree|move|rmtree)\s*\(|\bglob\.glob\s*\("
    ),
    "opens connections": re.compile(
        r"\b(requests|httpx)\.(get|post|put|patch|delete|head|options|request|stream)\s*\("
        r"|\baiohttp\.ClientSession\s*\(|\burlopen\s*\(|\burllib\.request\.Request\s*\("
    ),
    "drives a browser": re.compile(r"\b(playwright|selenium|pyppeteer|webdriver)\b|\bpage\.goto\s*\("),
}

_NAMES_OF_SECRETS = re.compile(r"credential|api_?key|secret|token|passw(or)?d", re.IGNORECASE)
_LOGGERS = frozenset(("logging", "logger", "log"))

_MONEY = re.compile(
    r"\b(payments?|checkout|charge[sd]?|refund(s|ed)?|payouts?|transactions?|trading|withdraw(als?|s)?|deposits?"
    r"|(buy|sell|trade) (stock|crypto|token|asset)s?|place (an? )?orders?|wire transfers?|asset transfers?"
    r"|(transfer|send|swap|bridge) (funds?|money|cash|crypto|tokens?|coins?))\b",
    re.IGNORECASE,
)
_PROSE = frozenset((".md", ".yaml", ".yml", ".json", ".toml", ".py", ".js", ".ts"))

_ADDRESS = re.compile(r"https?://((?:\*\.)?(?:[a-z0-9-]+\.)+[a-z]{2,})", re.IGNORECASE)
_DOCUMENTING_KEYS = re.compile(
    r"^\s*(- )?(url|help|privacy|repo|documentation|docs|icon|website|homepage|source)\s*:|\$(schema|ref)"
)
_KNOWN_HOSTS = re.compile(
    r"(.+\.)?(github\.com|gitlab\.com|bitbucket\.org|githubusercontent\.com|github\.io|readthedocs\.(io|org))"
    r"|(www\.)?(w3|json-schema|schema|spdx|opensource|apache|gnu|creativecommons|purl)\.org|pypi\.org"
    r"|files\.pythonhosted\.org|((en|www)\.)?wikipedia\.org|stackoverflow\.com|localhost"
    r"|(.+\.)?example(\.(com|org|net))?|.+\.(test|invalid|local)|(docs?|developer|learn)\..+"
)


def compiles(package: Package) -> Findings:
    """18: every Python file can be compiled."""
    for name, text in package.texts(frozenset((".py",))):
        try:
            ast.parse(text, name)
        except SyntaxError as error:
            yield blocks(f"{name}:{error.lineno}: {error.msg}")


def signals(package: Package) -> list[str]:
    """What a reviewer is shown as able to do harm: `file:line: what it does`."""
    return [
        f"{name}:{number}: {what}"
        for name, text in package.sources(CODE)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
        for what, pattern in _SIGNALS.items()
        if pattern.search(line)
    ]


def capabilities(package: Package) -> Findings:
    """26: what the code can do by itself has to be disclosed; this plugin can do none of it."""
    for signal in signals(package):
        yield look(f"{signal}; write it another way, or disclose it in the submission")


def safety(package: Package) -> Findings:
    """28: no request without a time limit, and no credential on its way into logs, errors and results."""
    for name, text in package.texts(frozenset((".py",))):
        for node in ast.walk(_tree(text)):
            for what in _unsafe(node):
                yield look(f"{name}:{getattr(node, 'lineno', 0)}: {what}; rename it, or leave it out")


def money(package: Package) -> Findings:
    """29: words of payment make a reviewer look for what is not there."""
    for name, text in package.texts(_PROSE):
        for number, line in enumerate(text.splitlines(), start=1):
            found = _MONEY.search(line)
            if found:
                yield look(f"{name}:{number}: says {found[0]}; use another word")


def hosts(package: Package) -> Findings:
    """30: addresses in the code are shown on the page of the plugin as what it connects to."""
    declared = (package.manifest.get("network") or {}).get("domains") or []
    for name, text in package.sources():
        for number, host in _hosts(name, text):
            if host not in declared and not _KNOWN_HOSTS.fullmatch(host):
                yield look(f"{name}:{number}: {host}; take it out, or declare it under network.domains")


def _hosts(name: str, text: str) -> Iterator[tuple[int, str]]:
    if name.endswith(".py"):
        for number, value in _literals(_tree(text)):
            yield from ((number, host.lower()) for host in _ADDRESS.findall(value))
        return
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.lstrip().startswith("#") and not _DOCUMENTING_KEYS.search(line):
            yield from ((number, host.lower()) for host in _ADDRESS.findall(line))


def _literals(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Strings of the code with their lines, docstrings left out."""
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.lineno, node.value


def _unsafe(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="requests"))) if not _has_timeout(node):
            yield "a request without timeout"
        case ast.Call(func=ast.Attribute(value=ast.Name(id=logger))) if logger in _LOGGERS and _names_secret(node):
            yield "what is called like a credential goes into a log"
        case ast.Raise(exc=ast.expr() as error) if _names_secret(error):
            yield "what is called like a credential goes into an error"
        case ast.Return(value=ast.expr() as value) | ast.Yield(value=ast.expr() as value) if _names_secret(value):
            yield "what is called like a credential is handed out"


def _has_timeout(call: ast.Call) -> bool:
    return any(keyword.arg == "timeout" for keyword in call.keywords)


def _names_secret(node: ast.AST) -> bool:
    """Whether a variable or attribute in an expression has such a name; what is called is none."""
    if isinstance(node, ast.Call):
        return any(map(_names_secret, [*node.args, *(keyword.value for keyword in node.keywords)]))
    if isinstance(node, ast.Name):
        return _NAMES_OF_SECRETS.search(node.id) is not None
    if isinstance(node, ast.Attribute) and _NAMES_OF_SECRETS.search(node.attr):
        return True
    return any(map(_names_secret, ast.iter_child_nodes(node)))


def _tree(text: str) -> ast.AST:
    """The code; empty where it cannot be read (rule 18 says so)."""
    try:
        return ast.parse(text)
    except SyntaxError:
        return ast.Module(body=[], type_ignores=[])
