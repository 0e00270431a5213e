"""The plugin's own declarations, read by libyaml: the SDK reads them by PyYAML's pure loader, 0.1 s of every start."""

from __future__ import annotations

from functools import partial
from importlib.metadata import version
from types import SimpleNamespace

from dify_plugin.core.utils import yaml_loader

from .lines import TESTED_SDKS


def read_declarations_fast() -> None:
    """Let the SDK read declarations by libyaml, where PyYAML has it. Only for SDKs that this was tested with.

    The name in that one module is replaced, not PyYAML's own: nobody else notices.
    """
    names = vars(yaml_loader)
    yaml = names["yaml"]
    fast = getattr(yaml, "CSafeLoader", None)
    if fast is None or not version("dify_plugin").startswith(TESTED_SDKS):
        return
    names["yaml"] = SimpleNamespace(safe_load=partial(yaml.load, Loader=fast), YAMLError=yaml.YAMLError)
