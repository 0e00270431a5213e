"""How often properties are tried, measured by the profile (see conftest.py)."""

from __future__ import annotations

from hypothesis import settings

_USUAL = settings().max_examples

often = settings(max_examples=2 * _USUAL)  # those that have found faults in code that looked right
each_of_many = settings(max_examples=_USUAL // 2)  # those that are one of many alike
