"""A small local Dify, for trying and testing a tool plugin without the platform.

It starts the plugin under test and any number of provider plugins as processes, speaks the protocol of Dify's plugin
daemon with them, and answers their reverse calls as Dify does, from the provider plugins or from scripts.

    async with Playground(plugin=Path("."), providers=[…]) as playground:
        outcome = await playground.call("fan_out", {"plan": "…"})
"""

from __future__ import annotations

from .calls import Outcome, ReverseCall
from .host import Playground
from .inner_api import Authorization
from .scripts import Scripts, read_scripts

__all__ = ["Authorization", "Outcome", "Playground", "ReverseCall", "Scripts", "read_scripts"]
