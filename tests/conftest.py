"""Settings of the whole suite."""

from __future__ import annotations

import os

from hypothesis import settings

# No deadline per example: machines are shared, and the suite has a limit of its own (faulthandler, in pyproject.toml).
# In CI the same examples are tried every time, so that a red run is about the change; at home new ones are.
settings.register_profile("fanout", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("fanout")
