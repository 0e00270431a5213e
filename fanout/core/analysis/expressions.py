"""The expressions of a plan, judged by what their scopes have: errors and warnings with path and column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..errors import ExpressionError, Problem
from ..language.expressions import Expression
from ..language.templates import Template
from ..plans.outline import Outline
from . import advice
from .expression_text import ExpressionText
from .findings import SILENT, Finding, Findings, Named
from .inference import NEEDS_ROOT, Inferred, infer
from .kinds import LIST, NULL
from .scopes import DATA, Purpose, Scope, scope_of

_BYTES_PER_CHAR = 4
_FRAME_BYTES = 300  # of an entry, and of a finding in it
_MAY_RAISE = "until"  # one that raises is not true, and the call goes on (contract 4.1)
_BY_DEPENDENCIES = ("when", "parameters")  # there the names of branches are checked when the plan is read

_NULL_WITHOUT_ROWS = Finding(
    0, "item and index are null without for_each", "give for_each, or name an input", is_error=False
)


def judge_expressions(outline: Outline, problems: list[Problem], warnings: list[Problem]) -> None:
    """Add what can only be a mistake to `problems`, and what is probably one to `warnings`."""
    scopes: dict[str, Scope] = {}
    for path, key, source in outline.places:
        scope = scopes.get(key) or scopes.setdefault(key, scope_of(key, outline))
        for expression, offset in expressions_of(source):
            found = find(expression, scope)
            if found is SILENT:  # as nearly all are
                continue
            for finding in _findings(found, key, scope, outline.names):
                is_error = finding.is_error and not (finding.raises and key == _MAY_RAISE)
                (problems if is_error else warnings).append(_at(path, finding, offset))


def judge_expression(expression: Expression, path: str, problems: list[Problem], warnings: list[Problem]) -> None:
    """The same for one expression over data of which nothing is known."""
    for finding in find(expression, DATA).certain:
        (problems if finding.is_error else warnings).append(_at(path, finding, 0))


def find(expression: Expression, scope: Scope) -> Findings:
    """What is wrong with an expression over a scope, whatever the plan is; `SILENT` where there is nothing."""
    known = scope.findings.get(expression.text)
    if known is None:
        inferred = infer(expression.tree, expression.text, scope.kind, is_condition=scope.purpose == "condition")
        known = Findings([*inferred.certain, *_of_purpose(expression, scope.purpose, inferred)], inferred.named)
        if not known.certain and not known.named and not _is_null_without_rows(expression, scope):
            known = SILENT
        size = _BYTES_PER_CHAR * len(expression.text) + _FRAME_BYTES * (1 + len(known.certain) + len(known.named))
        scope.findings.put(expression.text, known, size)
    return known


def _of_purpose(expression: Expression, purpose: Purpose, inferred: Inferred) -> Iterator[Finding]:
    """What is wrong with an expression where it stands, though it means something."""
    tree = expression.tree
    match purpose:
        case "condition" if tree.kind == "literal" and isinstance(tree.value, str):
            yield Finding(tree.start, *advice.text_as_condition(tree.value), is_error=False)
        case "rows" if not inferred.certain and not inferred.named and not inferred.kind.types & (LIST | NULL):
            yield Finding(tree.start, *advice.no_rows(ExpressionText(expression.text).shown(tree), inferred.kind))
        case "element":
            if tree.kind == "literal":
                yield Finding(tree.start, *advice.same_for_all(expression.text), is_error=False)
            yield from _names_in_elements(expression)


def _names_in_elements(expression: Expression) -> Iterator[Finding]:
    """`key: inputs.x`: what runs over elements sees nothing else."""
    for name in sorted({read[0] for read in expression.reads if read} & NEEDS_ROOT):
        yield Finding(0, *advice.name_in_elements(name), is_error=False)


def _findings(found: Findings, key: str, scope: Scope, names: Sequence[str] | None) -> Iterator[Finding]:
    for finding in found.certain:
        if finding.needs_rows <= scope.has_rows:
            yield finding
    for name in found.named:
        yield from _judge_name(name, key, scope, names)
    if not found.certain and not found.named:
        yield _NULL_WITHOUT_ROWS


def _judge_name(named: Named, key: str, scope: Scope, names: Sequence[str] | None) -> Iterator[Finding]:
    if not named.of:
        words = advice.unknown_name(
            named.name,
            named.path,
            is_quoted=named.is_quoted,
            known=list(scope.kind.fields or ()),
            branches=names or (),
        )
        yield Finding(named.start, *words)
    elif names is not None and named.name not in names and key not in _BY_DEPENDENCIES:
        yield Finding(named.start, *advice.unknown_branch(named.name, names))


def _is_null_without_rows(expression: Expression, scope: Scope) -> bool:
    """Whether nothing is left of the expression without rows; `item || inputs.url` is made for both."""
    if scope.has_rows or not expression.reads or "item" not in (scope.kind.fields or ()):
        return False
    return all(read[:1] in (("item",), ("index",)) for read in expression.reads)


def expressions_of(source: Expression | Template) -> Sequence[tuple[Expression, int]]:
    """Each expression that stands there, with how many characters of the text stand before it."""
    return source.placed if isinstance(source, Template) else [(source, 0)]


def _at(path: str, finding: Finding, offset: int) -> Problem:
    """`path: message (column n); advice`, the column counted in the text that the author wrote."""
    error = ExpressionError(finding.message, finding.start + 1 + offset, finding.advice)
    return Problem(path, str(error))
