"""All rules in the order of the table, with the numbers by which the Marketplace's reviewers go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple

from . import code, contents, declarations, dependencies, manifest, readme, secrets, starting, submission
from .package import Finding, Findings, Package


class Rule(NamedTuple):
    """`severity` is what a breach does at worst; `number` is empty for what the plugin daemon asks."""

    number: str
    title: str
    severity: Literal["blocks", "look"]
    check: Callable[[Package], Findings]


class Result(NamedTuple):
    rule: Rule
    findings: tuple[Finding, ...]

    @property
    def blocks(self) -> bool:
        return any(finding.level == "blocks" for finding in self.findings)


RULES = (
    Rule("", "what only a publisher knows is filled in", "blocks", manifest.identity),
    Rule("2", "names stay in the package", "blocks", contents.safe_names),
    Rule("3", "size and number of files", "blocks", contents.sizes),
    Rule("4", "no forbidden folders", "blocks", contents.forbidden_folders),
    Rule("5", "no forbidden files", "blocks", contents.forbidden_files),
    Rule("6", "no odd files", "look", contents.odd_files),
    Rule("7", "no secrets", "blocks", secrets.secrets),
    Rule("8", "no binaries", "blocks", contents.binaries),
    Rule("9", "fields of the manifest", "blocks", manifest.fields),
    Rule("10", "author", "blocks", manifest.author),
    Rule("11", "contact", "blocks", manifest.contact),
    Rule("12", "repository", "blocks", manifest.repository),
    Rule("13", "privacy", "blocks", manifest.privacy),
    Rule("14", "oldest version of Dify", "look", manifest.minimum_version),
    Rule("", "manifest as the daemon reads it", "blocks", manifest.daemon),
    Rule("", "provider as the daemon reads it", "blocks", declarations.provider),
    Rule("", "tools as the daemon reads them", "blocks", declarations.tools),
    Rule("15", "README", "blocks", readme.readme),
    Rule("16", "translations of the README", "look", readme.translations),
    Rule("17", "dependencies", "blocks", dependencies.dependencies),
    Rule("18", "the code compiles", "blocks", code.compiles),
    Rule("19", "icons", "blocks", manifest.icons),
    Rule("26", "sensitive capabilities", "look", code.capabilities),
    Rule("28", "safety of the code", "look", code.safety),
    Rule("29", "words of payment", "look", code.money),
    Rule("30", "addresses in the code", "look", code.hosts),
)

# What needs the Marketplace or a reviewer, and what to do about it before.
ELSEWHERE = (
    ("1", "one file in the pull request", "submit AUTHOR/fanout/PACKAGE and nothing else"),
    ("20, 21", "the version is free and grows", "look at the plugin's page in the Marketplace"),
    ("31", "known vulnerabilities", "their scanner reads uv.lock; update it before a release"),
    ("32", "a reviewer's look", "about a week"),
)


def starting_rules(python: Path, scratch: Path, base: str | None) -> tuple[Rule, ...]:
    """Rules that run the package with `python`. With `base`, that is in an environment which is made of it first."""

    def install(package: Package) -> Findings:
        return starting.install(package, base or "", python.parents[1])

    rules = (
        Rule("22", "requirements.txt installs", "blocks", install),
        Rule("23", "starts as in the cloud", "blocks", lambda it: starting.start_serverless(it, python)),
        Rule("", "starts as under the daemon", "blocks", lambda it: starting.start_local(it, python)),
        Rule("24", "the platform's packager", "blocks", lambda it: starting.repackage(it, scratch / "again.difypkg")),
    )
    return rules if base else rules[1:]


def submission_rule(body: str) -> Rule:
    return Rule("25-27", "text of the submission", "blocks", lambda _: submission.rules(body))


def apply(rule: Rule, package: Package) -> Result:
    return Result(rule, tuple(rule.check(package)))
