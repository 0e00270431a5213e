"""The text of a submission to the Marketplace, and the rules about it."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from .code import signals
from .package import Findings, Package, blocks, look

_SUBMISSION = """\
# Plugin Submission

## Plugin information

- **Author**: {author}
- **Plugin name**: {name}
- **Version**: {version}
- **Source repository**: {repo}
- **Contact**: {contact}

## Submission type

- [{new}] New plugin
- [{update}] Version update

## What changed

{changes}

## Risk level

- [ ] Low risk
- [ ] Medium risk
- [x] High risk

## Required checks

- [ ] I have read and followed the [Marketplace submission requirements](docs/plugin-submission-requirements.md).
- [ ] I have read and comply with the Plugin Developer Agreement.
- [ ] I tested this plugin on Dify Community Edition and Dify Cloud, or documented any limitation below.
- [{rules_3_4_5}] The package contains only files needed at runtime.
- [{rules_4_5_7}] The package does not contain secrets, local credentials, `.env` files, `.git` directories, virtual \
environments, caches, logs, or IDE files.
- [{rules_8}] The package does not contain executables or bundled binaries, or I explained why they are required below.
- [{rules_15}] The plugin README includes setup steps, usage instructions, required APIs or credentials, connection \
requirements, and the source repository link.
- [{rules_13}] The plugin includes `PRIVACY.md` or a hosted privacy policy, and `manifest.yaml` references it.
- [{rules_15}] All user-facing text is primarily in English.

## Security and privacy notes

High risk, because the plugin calls other tools of the workspace that the author of a workflow names, and those can do \
whatever they were made for. By itself it can do nothing of the kind: {capabilities}. Its only permission is to call \
tools (reverse invocation).

Security boundary:

- **Who chooses.** Plans, targets, expressions and credential ids are settings (`form: form`) that a person makes. A \
model in an agent fills in data only (`query`, `text`, `inputs`, `items`, `urls`, `data`), and data never becomes an \
expression, a template or a target.
- **Input constraints.** A plan is validated as a whole before anything is called; unknown keys, YAML tags, anchors \
and aliases are refused. Expressions are JMESPath, in an evaluator with limits on work and size; there is no code, no \
shell, no import, no file and no network access in them.
- **Limited reach.** At most 100 branches, 1,000 calls of a list, 20 attempts, 4 calls at once by default, 235 s an \
attempt, 590 s a call, 8 MiB a result, 32 MiB a call. A branch that names this plugin itself is refused.
- **Credentials** stay in Dify, which applies the authorizations of the workspace to each tool. The plugin has no \
credentials of its own and sees none.
- **Data** is kept in memory while a call runs and never stored, logged or used in another call. It goes to the tools \
that were named, and to nothing else.
- **Errors** of the plugin contain no values of parameters or inputs; what a tool says is passed on, with secrets in \
addresses masked.

## Local validation

{validation}

## Reviewer notes

Dify's documentation names combining the results of several tools as a use of reverse invocation that workflows make \
hard; that is what this plugin is for. In serverless mode the plugin daemon takes reverse invocations at an address of \
its own, `/backwards-invocation/transaction`: the word has nothing to do with money. No breaking changes.
"""
_NONE = (
    "there is no code execution, no command, no file access and no database in its code, and the only thing that it "
    "talks to is the Dify that runs it"
)
_BOXES = ("3 4 5", "4 5 7", "8", "13", "15")  # the rules that have to be met for a box of the required checks

_FIELDS = ("Author", "Plugin name", "Version", "Source repository", "Contact")
_CHOICES = {
    "Submission type": ("New plugin", "Version update"),
    "Risk level": ("Low risk", "Medium risk", "High risk"),
}
_TEXTS = ("What changed", "Local validation")
_NOTES = "Security and privacy notes"
_NOTHING = re.compile(r"(none|n/?a|not applicable|no|nothing)?\W*", re.IGNORECASE)
_BOUNDARY = re.compile(
    r"\b(input constraints?|validated?|allowlist|denylist|(security|safety) boundary|restricted?|limited?|sandbox)\b",
    re.IGNORECASE,
)
_CHINESE = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")


def text(package: Package, validation: Sequence[str], unmet: Collection[str] = ()) -> str:
    """The description of the pull request.

    `validation`: what was run, and with which result, a line each. `unmet`: numbers of the rules that are not met;
    the boxes that say so stay open, as do those that only a publisher can tick.
    """
    version = str(package.manifest.get("version", ""))
    changes, is_first = _changes(package.text("CHANGELOG.md"), version)
    found = signals(package)
    return _SUBMISSION.format(
        **{field: package.manifest.get(field, "") for field in ("author", "name", "version", "repo", "contact")},
        new="x" if is_first else " ",
        update=" " if is_first else "x",
        changes=changes,
        capabilities=f"but for {'; '.join(found)}" if found else _NONE,
        validation="\n".join(f"- {line}" for line in validation),
        **{f"rules_{box.replace(' ', '_')}": " " if {*box.split()} & {*unmet} else "x" for box in _BOXES},
    )


def rules(body: str) -> Findings:
    """25, 26, 27: every section is there and filled in, one box each is ticked, and a high risk has its boundary."""
    sections = _sections(body)
    for field in _FIELDS:
        if not re.search(rf"^- \*\*{field}\*\*: *\S", sections.get("Plugin information", ""), re.MULTILINE):
            yield blocks(f"Plugin information: {field} is missing")
    for section, labels in _CHOICES.items():
        ticked = [label for label in labels if f"- [x] {label}" in sections.get(section, "")]
        if len(ticked) != 1:
            yield blocks(f"{section}: tick one of {', '.join(labels)}")
    for section in _TEXTS:
        if not sections.get(section, "").strip():
            yield blocks(f"{section}: is missing or empty")
    notes = sections.get(_NOTES, "").strip()
    if _NOTHING.fullmatch(notes):
        yield blocks(f"{_NOTES}: say what the plugin can do and what keeps it from more")
    elif "- [x] High risk" in body and not _BOUNDARY.search(notes):
        yield look(f"{_NOTES}: name the limits and boundaries")
    if _CHINESE.search(body):
        yield blocks("the text of the submission must be in English")


def _sections(body: str) -> dict[str, str]:
    parts = re.split(r"^## +(.+?) *$", body, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _changes(changelog: str, version: str) -> tuple[str, bool]:
    """What the change log says of a version, and whether it is the first one."""
    parts = re.split(r"^## \[(.+?)\].*$", changelog, flags=re.MULTILINE)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    released = [name for name in sections if name != "Unreleased"]
    return sections.get(version, "").strip(), released[-1:] == [version]
