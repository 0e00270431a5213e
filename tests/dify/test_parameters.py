"""Files among the parameters: what targets get of them, and that nothing fails over them."""

from __future__ import annotations

from typing import Any

import pytest
from dify_plugin.file.entities import FileType
from dify_plugin.file.file import File

from fanout.dify.parameters import plain_parameters

URL = "https://dify.example/files/1?sign=x"
SENT = {
    "dify_model_identity": "__dify__file__",
    "url": URL,
    "mime_type": "application/pdf",
    "filename": "a.pdf",
    "extension": ".pdf",
    "size": 10,
    "type": "document",
}
READ = {**SENT, "transfer_method": "remote_url", "remote_url": URL}
FROM_SDK = File(
    url=URL, mime_type="application/pdf", filename="a.pdf", extension=".pdf", size=10, type=FileType("document")
)


@pytest.mark.parametrize("file", [SENT, FROM_SDK], ids=["as it comes", "as the SDK makes it"])
def test_a_file_is_what_plugins_and_workflow_tools_read(file: Any) -> None:
    given = {"file": file, "files": [file, file], "mixed": [file, "text"], "query": "q"}
    assert plain_parameters(given) == {"file": READ, "files": [READ, READ], "mixed": [READ, "text"], "query": "q"}


def test_how_a_file_can_be_fetched_is_not_overwritten() -> None:
    file = {**SENT, "transfer_method": "local_file", "related_id": "1"}
    assert plain_parameters({"file": file})["file"] == {**file, "remote_url": URL}


def test_an_upload_is_fetched_with_its_name_which_workflow_tools_learn_its_kind_from() -> None:
    url = "https://dify.example/files/1/file-preview?timestamp=1&nonce=2&sign=x"
    named = f"{url}&as_attachment=true"
    for given in (url, named):
        file = plain_parameters({"file": {**SENT, "url": given}})["file"]
        assert (file["url"], file["remote_url"]) == (named, named)


@pytest.mark.parametrize("url", [{}, {"url": None}, {"url": ""}])
def test_a_file_without_an_address_is_data(url: dict[str, Any]) -> None:
    file = {"dify_model_identity": "__dify__file__", "type": "document", "related_id": "f1", **url}
    assert plain_parameters({"items": [file]}) == {"items": [file]}


def test_parameters_are_clean() -> None:
    assert plain_parameters({"a\ud800": ["\udc00", float("inf"), (1,)]}) == {"a\ufffd": ["\ufffd", None, [1]]}
