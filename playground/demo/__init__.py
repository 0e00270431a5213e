"""The demo: scenarios over real provider plugins, each with a claim that is checked."""

from __future__ import annotations

from .run import run_demo

__all__ = ["run_demo"]
