"""Writes fanout/plan.schema.json, with which editors help to write plans. Run it after a change of `core/spec.py`."""

from __future__ import annotations

import json
from pathlib import Path

from fanout.core.plans.schema import plan_schema

FILE = Path(__file__).parent.parent / "fanout" / "plan.schema.json"


def schema_text() -> str:
    return json.dumps(plan_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(schema_text(), encoding="utf-8")
