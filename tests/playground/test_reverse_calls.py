"""What a plugin hears when it calls a tool of another plugin: one test for each fact of the platform."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import DEFAULT_KEY, OTHER_KEY, TARGET_ID, Reverse, Steps

BAD_REQUEST = "invoke tool failed: request failed with status code: 400 and respond with: "
NOT_INSTALLED = (
    "invoke tool failed: request failed with status code: 500 and respond with: "
    '{"message": "Internal Server Error", "code": "unknown", "status": 500}'
)


def shown(reverse: Reverse, parameters: dict[str, Any], **request: Any) -> dict[str, Any]:
    answer = reverse(TARGET_ID, "show", {"needed": "x", **parameters}, **request)
    assert answer["error"] is None, answer["error"]
    content: dict[str, Any] = answer["received"][0]["message"]["json_object"]
    return content


def emitted(reverse: Reverse, *messages: dict[str, Any]) -> dict[str, Any]:
    return reverse(TARGET_ID, "emit", {"messages": json.dumps(messages)})


def body(error: str) -> dict[str, Any]:
    assert error.startswith(BAD_REQUEST)
    parsed: dict[str, Any] = json.loads(error.removeprefix(BAD_REQUEST))
    return parsed


# -- parameters


def test_numbers_and_keys_of_parameters_pass_through_go(reverse: Reverse) -> None:
    parameters = shown(reverse, {"map": {"z": 1.0, "a": 2**53 + 1}})["parameters"]
    assert parameters["map"] == {"a": 2**53, "z": 1}
    assert isinstance(parameters["map"]["z"], int)


def test_parameters_are_cast_to_what_the_tool_declares(reverse: Reverse) -> None:
    given = {"text": {"a": 1}, "number": "1.5", "flag": "no", "list": "[1", "map": "{malformed"}
    parameters = shown(reverse, given)["parameters"]
    assert {name: parameters[name] for name in given} == {
        "text": "{'a': 1}",
        "number": 1.5,
        "flag": False,
        "list": ["[1"],
        "map": {},
    }


def test_settings_get_their_defaults_and_parameters_of_the_model_get_none(reverse: Reverse) -> None:
    assert shown(reverse, {})["parameters"] == {"needed": "x", "size": 5, "region": "eu"}


def test_unknown_parameters_are_passed_on(reverse: Reverse) -> None:
    assert shown(reverse, {"more": [1]})["parameters"]["more"] == [1]


def test_a_required_setting_that_is_missing_is_a_bad_request(reverse: Reverse) -> None:
    answer = reverse(TARGET_ID, "show", {"needed": ""})
    message = "tool parameter needed not found in tool config"
    assert body(answer["error"]) == {"code": "invalid_param", "message": message, "status": 400}


def test_a_select_outside_of_its_options_is_a_bad_request(reverse: Reverse) -> None:
    answer = reverse(TARGET_ID, "show", {"needed": "x", "region": "mars"})
    assert body(answer["error"])["message"] == "tool parameter region value mars not in options ['eu', 'us']"


def test_a_value_that_cannot_be_cast_is_a_bad_request(reverse: Reverse) -> None:
    answer = reverse(TARGET_ID, "show", {"needed": "x", "number": "1e3"})
    assert body(answer["error"])["code"] == "invalid_param"


# -- finding the tool, and its credentials


@pytest.mark.parametrize("provider", ["nobody/nothing/nothing", "target", "two/parts"])
def test_a_plugin_that_is_not_installed_is_a_bare_500(reverse: Reverse, provider: str) -> None:
    assert reverse(provider, "show")["error"] == NOT_INSTALLED


@pytest.mark.parametrize("kind", ["workflow", "api", "mcp"])
def test_tools_of_other_kinds_are_not_those_of_plugins(reverse: Reverse, kind: str) -> None:
    assert reverse(TARGET_ID, "show", tool_type=kind)["error"] == NOT_INSTALLED


def test_a_tool_that_the_provider_does_not_have_is_a_bad_request(reverse: Reverse) -> None:
    assert body(reverse(TARGET_ID, "nope")["error"])["message"] == "Tool with name nope not found"


@pytest.mark.parametrize("credential_id", [None, "", "no uuid"])
def test_without_a_credential_id_the_default_one_is_taken(reverse: Reverse, credential_id: str | None) -> None:
    request = {} if credential_id is None else {"credential_id": credential_id}
    assert shown(reverse, {}, **request)["credentials"] == {"key": "default"}


def test_a_credential_is_found_by_its_id(reverse: Reverse) -> None:
    assert shown(reverse, {}, credential_id=OTHER_KEY)["credentials"] == {"key": "other"}
    assert shown(reverse, {}, credential_id=DEFAULT_KEY)["credentials"] == {"key": "default"}


def test_a_credential_that_is_gone_is_a_bad_request(reverse: Reverse) -> None:
    gone = "3f0f6f5a-8f5e-4d58-9d0e-00000000000f"
    answer = reverse(TARGET_ID, "show", {"needed": "x"}, credential_id=gone)
    assert body(answer["error"])["message"] == f"provider has been deleted: {gone}"


def test_a_tool_that_is_called_in_reverse_is_told_of_no_app(steps: Steps) -> None:
    request = {"provider": TARGET_ID, "tool": "show", "tool_parameters": {"needed": "x"}, "app_id": "a"}
    outcome = steps({"about": None}, {"invoke_tool": request}, about={"app_id": "a", "message_id": "m"})
    assert outcome.json[0]["app_id"] == "a"
    about = outcome.json[1]["received"][0]["message"]["json_object"]["about"]
    assert about == {"app_id": None, "message_id": None}


def test_a_plugin_may_call_its_own_tools(reverse: Reverse) -> None:
    answer = reverse("playground/probe/probe", "steps", {"steps": '[{"text": "inner"}]'})
    assert answer["received"][0]["message"] == {"text": "inner"}


# -- what comes back


def test_a_blob_arrives_as_a_binary_link_with_its_meta(reverse: Reverse) -> None:
    meta = {"mime_type": "application/pdf", "filename": "a.pdf"}
    [message] = emitted(reverse, {"blob": 20_000, "meta": meta})["received"]
    file_id = message["meta"]["tool_file_id"]
    assert message["type"] == "binary_link"
    assert message["message"] == {"text": f"/files/tools/{file_id}.pdf"}
    assert message["meta"] == {**meta, "tool_file_id": file_id}


def test_an_image_blob_arrives_as_an_image_link(reverse: Reverse) -> None:
    [message] = emitted(reverse, {"blob": 10, "meta": {"mime_type": "image/png"}})["received"]
    assert message["type"] == "image_link"


def test_a_file_message_is_dropped_and_other_messages_arrive(reverse: Reverse) -> None:
    messages = [
        {"type": "file", "message": {"file_marker": "file_marker"}},
        {"type": "link", "message": {"text": "u"}, "meta": {"a": 1}},
        {"type": "binary_link", "message": {"text": "/files/tools/7.pdf"}},
    ]
    received = emitted(reverse, *messages)["received"]
    assert [(message["type"], message["meta"]) for message in received] == [
        ("link", {"a": 1}),
        ("binary_link", {"tool_file_id": "7"}),
    ]


def test_json_arrives_with_suppress_output(reverse: Reverse) -> None:
    [message] = emitted(reverse, {"type": "json", "message": {"json_object": {"b": 1.0, "a": 2}}})["received"]
    assert message["message"] == {"json_object": {"a": 2, "b": 1}, "suppress_output": False}


# -- errors


def test_an_error_of_the_tool_comes_as_one_of_reading_with_its_traceback(reverse: Reverse) -> None:
    answer = emitted(reverse, {"type": "text", "message": {"text": "half"}}, {"raise": "boom <b>"})
    assert [message["message"] for message in answer["received"]] == [{"text": "half"}]
    prefix, name, description = answer["error"].partition(" PluginInvokeError: ")
    assert prefix.startswith("read tool response failed: request failed: req_id: ")
    assert name
    assert r"boom \u003cb\u003e" in description
    details = json.loads(description)
    assert (details["error_type"], details["message"]) == ("ValueError", "boom <b>")
    assert "Traceback" in details["args"]["traceback"]


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"type": "telegram", "message": {}}, "unmarshal_error"),
        ({"type": "text", "message": "no object"}, "unmarshal_error"),
        ({"type": "variable", "message": {"variable_name": "json", "variable_value": 1}}, "reserved"),
    ],
)
def test_a_message_that_does_not_parse_ends_the_reverse_call(
    reverse: Reverse, message: dict[str, Any], text: str
) -> None:
    answer = emitted(reverse, {"type": "text", "message": {"text": "a"}}, message)
    assert len(answer["received"]) == 1
    assert answer["error"].startswith("read tool response failed: request failed: ")
    assert text in answer["error"]


def test_a_plugin_without_the_permission_may_not_call_tools(reverse: Reverse) -> None:
    answer = reverse(TARGET_ID, "ask", {"provider": "a/a/a"})
    text = "permission denied, you need to enable tool access in plugin manifest"
    assert answer["received"][0]["message"] == {"text": text}


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        ({"tool_type": "plugin"}, "Field validation for 'ToolType' failed on the 'tool_type' tag"),
        ({"tool": ""}, "Field validation for 'Tool' failed on the 'required' tag"),
        ({"tool_parameters": [1]}, "'tool_parameters' expected a map"),
    ],
)
def test_a_request_that_does_not_validate_is_refused(steps: Steps, request_: dict[str, Any], text: str) -> None:
    outcome = steps({"invoke_tool": {"provider": "a/a/a", "tool": "t", **request_}}, scripts={"a/a/a:t": []})
    error = outcome.json[0]["error"]
    assert error.startswith("unmarshal backwards invoke request failed: ")
    assert text in error


def test_an_error_is_followed_by_an_end(steps: Steps) -> None:
    outcome = steps(
        {"invoke_tool": {"provider": "a/a/a", "tool": "t"}},
        {"invoke_tool": {"provider": "a/a/a", "tool": "t"}},
        scripts={"a/a/a:t": {"calls": [[{"error": "first"}], [{"text": "second"}]]}},
    )
    assert [answer["error"] for answer in outcome.json] == ["first", None]
    assert [call.status for call in outcome.timeline] == ["failed", "done"]
