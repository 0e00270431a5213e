"""The entry point: `python -m main`, started by Dify's plugin daemon in this folder."""

from __future__ import annotations

import gc
import sys
from importlib.metadata import version

gc.disable()  # what is loaded stays: to look through it while it grows would be 5 % of the start

# before all else that matters: it patches the standard library with gevent
from dify_plugin import DifyPluginEnv  # noqa: E402

# isort: split
from fanout.dify.declarations import read_declarations_fast  # noqa: E402

try:
    from fanout.dify.plugin import FanoutPlugin
except ImportError as error:  # a version of the SDK that nobody has tried
    sys.exit(f"fanout: dify_plugin {version('dify_plugin')} is not what the plugin asks for: {error}")

# The serverless reader closes a call that emitted nothing for this many seconds. The platform's own limit for a tool
# call is 600, and ours (`limits.DEADLINE_MAX_S`) is below it, so the end of a call is always written by us.
SILENCE_S = 600

read_declarations_fast()
plugin = FanoutPlugin(DifyPluginEnv(MAX_REQUEST_TIMEOUT=SILENCE_S))

gc.freeze()  # a full collection over what is loaded would pause every call for 50 ms
# What a call leaves is freed with its last reference: there is little to find, and to look through all that large
# answers hold would pause every call for up to a second.
gc.set_threshold(10_000, 10, 100)
gc.enable()

if __name__ == "__main__":
    plugin.run()
