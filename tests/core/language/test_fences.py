"""`parse_json` reads what models write."""

from __future__ import annotations

from typing import Any

import pytest

from fanout.core.budget import Budget
from fanout.core.language.expressions import compile_expression
from fanout.core.language.fences import only_block


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('```json\n{"a": 1}\n```', {"a": 1}),
        ("```\n[1]\n```\n", [1]),
        ("~~~json\n[1]\n~~~", [1]),
        ("````\n[1]\n````", [1]),
        ("Here it is:\n\n```json\n[1,\n 2]\n```\n\nAnything else?", [1, 2]),
        ("  ```json\r\n[1]\r\n  ```", [1]),
        ("```json\n[1]", [1]),
        ("```json\n[1]\n```\nand\n```json\n[2]\n```", None),
        ("```json\nno JSON\n```", None),
        ("prose with ``` in it", None),
        ("```json [1]```", None),
        ('"```\\n[1]\\n```"', "```\n[1]\n```"),
        ("no fence", None),
    ],
)
def test_json_in_a_fence(text: str, value: Any) -> None:
    assert compile_expression("parse_json(@)").evaluate(text, Budget()) == value


def test_a_fence_is_closed_by_one_at_least_as_long() -> None:
    assert only_block("````\n```\ninner\n```\n````") == "```\ninner\n```"
