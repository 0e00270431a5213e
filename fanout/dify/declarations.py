"""The plugin's own declarations, read by libyaml: the SDK reads them by PyYAML's pure loader, 0.1 s of every start.

The one place where a name of the SDK is replaced. It has no hook for it, and every workspace waits for the start.
"""

from __future__ import annotations

import sys
from functools import partial
from types import SimpleNamespace

YAML_LOADER = "dify_plugin.core.utils.yaml_loader"


def read_declarations_fast() -> None:
    """Let the SDK read declarations by libyaml, where PyYAML has it and the SDK still reads as it did.

    The name in that one module is replaced, not PyYAML's own: nobody else notices.
    """
    names = vars(sys.modules.get(YAML_LOADER, SimpleNamespace()))
    yaml = names.get("yaml")
    fast = getattr(yaml, "CSafeLoader", None)
    if yaml is not None and fast is not None:
        names["yaml"] = SimpleNamespace(**vars(yaml) | {"safe_load": partial(yaml.load, Loader=fast)})
