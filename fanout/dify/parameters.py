"""The parameters of a tool call as JSON values: files as the objects that the tools which get them read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.values import clean
from .portal import pausing_budget

FILE_IDENTITY = "__dify__file__"


def plain_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters, clean (see `values.clean`). Raises TooLargeError for what is nested too deeply."""
    plain = {name: _with_plain_files(value) for name, value in parameters.items()}
    cleaned: dict[str, Any] = clean(plain, pausing_budget())
    return cleaned


def _with_plain_files(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value] if any(map(_is_file, value)) else value
    return _plain(value) if _is_file(value) else value


def _is_file(value: Any) -> bool:
    if isinstance(value, dict):
        return value.get("dify_model_identity") == FILE_IDENTITY
    return hasattr(value, "model_dump")


def _plain(value: Any) -> Any:
    """A file as an object. Plugins read the SDK's own fields, workflow tools also how it can be fetched.

    One without an address stays as it is: it is data, though no tool can read it.
    """
    if not _is_file(value):
        return value
    file = dict(value) if isinstance(value, dict) else value.model_dump(mode="json")
    if not file.get("url"):
        return file
    url = _with_name(file["url"])
    return {"transfer_method": "remote_url", "remote_url": url, **file, "url": url}


def _with_name(url: str) -> str:
    """The address of an upload so that Dify says the file's name with it, which workflow tools learn its kind from.

    Without, all that they hear is `application/octet-stream`, and they refuse the file. No part of the signature.
    """
    is_upload = "/file-preview?" in url and "as_attachment=" not in url
    return f"{url}&as_attachment=true" if is_upload else url
