"""`make precheck` as a whole, the start of a package, and the text of a submission."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from fanout.core import limits
from scripts.package import ROOT
from scripts.precheck import starting, submission
from scripts.precheck.__main__ import main
from scripts.precheck.package import Package
from scripts.precheck.rules import starting_rules
from tests.precheck.conftest import Packed

PYTHON = Path(sys.executable)


@pytest.fixture
def checkout(filled_in: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(filled_in, tmp_path / "checkout"))


def test_a_filled_in_copy_passes(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(checkout, quick=True) == 0
    said = capsys.readouterr().out
    assert "NOT MET" not in said
    assert "fanout-0.1.0.difypkg and fanout-0.1.0-submission.md are written." in said
    assert "Every rule is met that can be checked here." in said
    body = (checkout / "fanout-0.1.0-submission.md").read_text(encoding="utf-8")
    assert "- **Source repository**: https://codeberg.org/ada/fanout-for-workflows\n" in body
    assert "`make precheck`: 23 starts as in the cloud: met" in body


def test_what_has_to_be_filled_in_is_said(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The repository itself: nothing else is missing."""
    shutil.copyfile(ROOT / "manifest.yaml", checkout / "manifest.yaml")
    assert main(checkout, quick=True) == 1
    said = capsys.readouterr().out
    for field in ("author", "repo", "contact"):
        assert f"fill in {field} in manifest.yaml" in said
    assert said.count("NOT MET") == 1
    assert "Not met: 1 of " in said


def test_filling_in_reaches_every_page(filled_in: Path) -> None:
    for file in filled_in.rglob("*"):
        if file.suffix in {".md", ".yml", ".yaml"}:
            assert "your-name" not in file.read_text(encoding="utf-8"), file


def test_a_folder_that_cannot_be_packaged_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(tmp_path, quick=True) == 1
    assert capsys.readouterr().err == "manifest.yaml is missing\n"


# -- starting


def messages(findings: object) -> list[str]:
    return [finding.message for finding in findings]  # type: ignore[attr-defined]


def test_a_package_that_does_not_start(packed: Packed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "START_S", 5)
    package = packed({"main.py": "raise SystemExit('no bees')"})
    (serverless,) = messages(starting.start_serverless(package, PYTHON))
    assert serverless == "no line said Serving Flask app within 5 s: no bees"
    (local,) = messages(starting.start_local(package, PYTHON))
    assert local == "the first line is not the manifest: no bees"


def test_a_package_that_starts_and_does_not_answer(packed: Packed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "START_S", 1)
    package = packed({"main.py": "print('Serving Flask app', flush=True)\ninput()"})
    assert messages(starting.start_serverless(package, PYTHON)) == ["GET / gave no answer, and 200 or 404 are expected"]
    package.files["main.py"].write_text('print(\'{"name": "fanout"}\', flush=True)\ninput()')
    assert messages(starting.start_local(package, PYTHON)) == [
        "there was no heartbeat within 1 s: it said nothing else"
    ]


def test_requirements_are_installed_in_a_new_environment(package: Package, tmp_path: Path) -> None:
    """With a stand-in for Python: as `-m venv` it makes an environment, in which pip does as requirements.txt says."""
    python = tmp_path / "python"
    python.write_text(
        """#!/bin/sh
        case "$2" in
            venv) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
            pip) . ./"$6" ;;
        esac
        """
    )
    python.chmod(0o755)
    broken = Package(package.archive, tmp_path)
    (tmp_path / "requirements.txt").write_text("echo no bees >&2; exit 1\n")
    assert messages(starting.install(broken, str(python), tmp_path / "environment")) == [
        "the installation failed: no bees",
    ]
    (tmp_path / "requirements.txt").write_text("exit 0\n")
    assert messages(starting.install(broken, str(python), tmp_path / "environment")) == []


def test_the_packager_is_asked_where_it_is_named(
    package: Package, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for the platform's command: it copies a package, or refuses."""
    monkeypatch.delenv("DIFY_CLI_PATH", raising=False)
    assert messages(starting.repackage(package, tmp_path / "a")) == [
        "not checked: name the dify command in DIFY_CLI_PATH",
    ]
    command = tmp_path / "dify"
    monkeypatch.setenv("DIFY_CLI_PATH", str(command))
    command.write_text(f'#!/bin/sh\n[ "$1 $2 $4" = "plugin package -o" ] && cp "{package.archive}" "$5"\n')
    command.chmod(0o755)
    assert messages(starting.repackage(package, tmp_path / "b")) == []
    command.write_text("#!/bin/sh\necho no icon\nexit 1\n")
    assert messages(starting.repackage(package, tmp_path / "c")) == ["the packager refused it: no icon"]


def test_an_installation_is_a_rule_only_where_there_is_a_python_for_it(tmp_path: Path) -> None:
    python = tmp_path / "environment" / "bin" / "python"
    assert [rule.number for rule in starting_rules(python, tmp_path, None)] == ["23", "", "24"]
    assert [rule.number for rule in starting_rules(python, tmp_path, "python3.12")] == ["22", "23", "", "24"]


# -- submission


def test_the_submission_keeps_its_rules(package: Package) -> None:
    body = submission.text(package, ["make test: all passed"])
    assert messages(submission.rules(body)) == []
    assert "- [x] New plugin" in body
    assert "- [x] High risk" in body
    assert "there is no code execution" in body
    assert "- `fan_out`: several tools at once" in body


def test_the_submission_names_the_limits_of_the_code(package: Package) -> None:
    body = submission.text(package, [])
    for words in (
        f"At most {limits.BRANCHES} branches",
        f"{limits.CELLS:,} calls of a list",
        f"{limits.RETRY_ATTEMPTS} attempts",
        f"{limits.PARALLEL} calls at once by default",
        f"{limits.BRANCH_TIMEOUT_MAX_S:g} s an attempt",
        f"{limits.DEADLINE_MAX_S:g} s a call",
        f"{limits.BRANCH_BYTES // limits.MIB} MiB a result",
        f"{limits.CALL_BYTES // limits.MIB} MiB a call",
    ):
        assert words in body


def test_a_later_version_is_an_update(packed: Packed) -> None:
    package = packed(
        {
            "CHANGELOG.md": lambda text: text.replace("## [0.1.0]", "## [0.2.0]\n\n- Bees.\n\n## [0.1.0]"),
            "manifest.yaml": lambda text: text.replace("version: 0.1.0", "version: 0.2.0"),
        }
    )
    body = submission.text(package, [])
    assert "- [x] Version update" in body
    assert "## What changed\n\n- Bees.\n" in body


def test_boxes_are_ticked_only_where_their_rules_are_met(package: Package) -> None:
    """Three of the nine are for the publisher alone."""
    assert submission.text(package, []).partition("## Required checks")[2].count("- [x]") == 6
    checks = submission.text(package, [], ["7", "15"]).partition("## Required checks")[2]
    assert checks.count("- [x]") == 3
    assert "- [ ] The package does not contain secrets" in checks


def test_capabilities_are_disclosed(packed: Packed) -> None:
    body = submission.text(packed({"fanout/a.py": "open(x)"}), [])
    assert "but for fanout/a.py:1: works on files" in body


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("- **Contact**: ada@hives.example", "- **Contact**:", "Plugin information: Contact is missing"),
        ("- [x] High risk", "- [ ] High risk", "Risk level: tick one of"),
        ("- [ ] Low risk", "- [x] Low risk", "Risk level: tick one of"),
        ("## What changed", "## What is new", "What changed: is missing or empty"),
        ("## Security and privacy notes", "## Notes", "Security and privacy notes: say what the plugin can do"),
        ("High risk, because", "扇出", "must be in English"),
    ],
)
def test_a_breach_of_the_submission_is_found(package: Package, old: str, new: str, message: str) -> None:
    body = submission.text(package, ["make test: all passed"])
    assert old in body
    found = messages(submission.rules(body.replace(old, new)))
    assert any(message in each for each in found), found
