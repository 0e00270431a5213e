"""Failure texts as platform and tools write them, and what is made of them."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core import limits
from fanout.core.calls.failures import classify, rejected, texts_in
from fanout.core.calls.records import EMPTY_OUTPUT
from fanout.core.errors import ErrorType
from playground.yaml_files import read_yaml


def http(status: int, message: str, code: str = "unknown") -> str:
    body = json.dumps({"message": message, "code": code, "status": status})
    return f"invoke tool failed: request failed with status code: {status} and respond with: {body}\n"


def plugin(error_type: str, message: str) -> str:
    body = json.dumps({"args": {}, "error_type": error_type, "message": message})
    return f"read tool response failed: req_id: d578fa0b9a PluginInvokeError: {body}"


def occurred(error_type: str, details: str) -> str:
    return (
        "read tool response failed: An error occurred in the acme/search/search, please contact the author of "
        f"acme/search/search for help, error type: {error_type}, error details: {details}"
    )


TRACEBACK = 'Traceback (most recent call last):\n  File "/app/tools/x.py", line 3, in _invoke\n    raise\n'

BAD_GATEWAY = (
    "invoke tool failed: request failed with status code: 502 and respond with: "
    "<html><head><title>502 Bad Gateway</title></head>\r\n<body><hr>nginx</body></html>"
)
NOT_ESCAPED = (
    'read llm model failed: request failed: PluginInvokeError: {"args":{},"error_type":"Exception",'
    '"message":"invoke tool failed: request failed with status code: 404 and respond with: '
    '{"code": "not_found", "message": "No such page here"}"}'
)

# (text, type, words that the message holds)
CASES: list[tuple[str, ErrorType, str]] = [
    # what the platform says before a tool was reached
    (http(500, "Internal Server Error"), "provider", "not installed, or Dify failed: check its plugins"),
    (
        http(400, "no default provider for acme/search/search", "invalid_param"),
        "unauthorized",
        "authorise acme/search/search in Dify",
    ),
    (
        http(400, "provider has been deleted: 3f0f", "invalid_param"),
        "unauthorized",
        "in Dify, or correct credential_id",
    ),
    (http(400, "no credential for this provider", "invalid_param"), "unauthorized", "authorise the tool in Dify"),
    (http(400, "plugin provider acme/search/search not found", "invalid_param"), "not_found", "not found"),
    (http(404, "The requested URL was not found on the server.", "not_found"), "not_found", "The requested URL"),
    (
        http(400, "tool parameter lang not found in tool config", "invalid_param"),
        "invalid_parameters",
        "parameter lang",
    ),
    (
        http(400, "tool parameter size value 9 not in options ['1']", "invalid_param"),
        "invalid_parameters",
        "not in options",
    ),
    (http(429, "quota of the plan is used up", "too_many_requests"), "rate_limited", "quota of the plan"),
    (http(401, "Invalid token", "unauthorized"), "unauthorized", "Invalid token"),
    (http(500, "database is locked"), "provider", "database is locked"),
    (
        "invoke tool failed: permission denied, you need to enable tool access in plugin manifest",
        "unauthorized",
        "enable tool access",
    ),
    (
        BAD_GATEWAY,
        "provider",
        "502 Bad Gateway nginx",
    ),
    ("invoke tool failed: request failed with status code: 504 and respond with: ", "timeout", "HTTP status 504"),
    # time and connections of the platform
    ("req_id: 7d98f03da3 PluginDaemonInternalServerError: killed by timeout", "timeout", "killed by timeout"),
    ("read tool response failed: context deadline exceeded", "timeout", "context deadline exceeded"),
    ("read tool response failed: http: read on closed response body", "timeout", "the platform cut the call"),
    ("invocation exited without response after 250 seconds", "timeout", "250 seconds"),
    ('invoke tool failed: Post "http://api:5001/inner/api": dial tcp: connection refused', "connection", "refused"),
    ("read tool response failed: connection reset by peer", "connection", "connection reset by peer"),
    ("read tool response failed: unexpected EOF", "connection", "unexpected EOF"),
    ('invoke tool failed: Post "http://api:5001": context canceled', "connection", "context canceled"),
    # a tool's exception, in the platform's wrappings
    (plugin("InvokeRateLimitError", "slow down"), "rate_limited", "InvokeRateLimitError: slow down"),
    (plugin("InvokeAuthorizationError", "nope"), "unauthorized", "InvokeAuthorizationError: nope"),
    (plugin("InvokeConnectionError", "gone"), "connection", "gone"),
    (plugin("InvokeServerUnavailableError", "busy"), "provider", "busy"),
    (plugin("ToolProviderCredentialValidationError", "bad"), "unauthorized", "bad"),
    (plugin("KeyError", "'results'"), "provider", "KeyError: 'results'"),
    (plugin("Exception", "boom"), "provider", "boom"),
    (
        "[search] Error: " + plugin("InvokeError", "Connection aborted").partition("failed: ")[2],
        "connection",
        "aborted",
    ),
    ("while searching: " + http(401, "bad key").partition("failed: ")[2], "unauthorized", "bad key"),
    ('{"args": {"description": "no more words"}, "error_type": "InvokeError"}', "provider", "no more words"),
    ('{"args": {"traceback": "Traceback"}, "error_type": "OSError", "message": ""}', "provider", "OSError"),
    ('{"error_type": "InvokeRateLimitError", "message": ""}', "rate_limited", "InvokeRateLimitError"),
    (plugin("JSONDecodeError", "Expecting value: line 1 column 1 (char 0)"), "bad_response", "Expecting value"),
    (occurred("ValueError", "SerpAPI key not valid: API key is missing"), "unauthorized", "API key is missing"),
    (occurred("ReadTimeout", "HTTPSConnectionPool(host='x.org', port=443): Read timed out."), "timeout", "timed out"),
    (occurred("ConnectError", "[Errno -2] Name or service not known"), "connection", "Name or service"),
    (occurred("Exception", http(429, "Too many requests")), "rate_limited", "Too many requests"),
    (
        NOT_ESCAPED,
        "not_found",
        "No such page here",
    ),
    # a tool's own words
    ("429 Client Error: Too Many Requests for url: https://x.org/401/404", "rate_limited", "429 Client Error"),
    ("401 Client Error: Unauthorized for url: https://x.org/?q=timeout", "unauthorized", "401 Client Error"),
    ("Error code: 403 - {'error': {'message': 'country not supported'}}", "unauthorized", "country not supported"),
    ("403 Forbidden: rate limit exceeded", "rate_limited", "rate limit"),
    ("request returned 404", "not_found", "404"),
    ("HTTP/1.1 503 Service Unavailable", "provider", "503"),
    ("503 service unavailable", "provider", "503 service unavailable"),
    ("status_code=400: API key not valid. Please pass a valid API key.", "unauthorized", "API key not valid"),
    ("status_code=422", "invalid_parameters", "422"),
    ("Please input api key", "unauthorized", "Please input"),
    ("missing required parameter: query", "invalid_parameters", "query"),
    ("413 Request Entity Too Large", "too_large", "413"),
    ("Failed to parse response: 1 validation error for ToolInvokeMessage", "bad_response", "Failed to parse"),
    ("quota used up", "rate_limited", "quota used up"),
    ("the page lists 404 words about a network of 500 people", "provider", "404 words"),
    ("bufio.Scanner: token too long", "too_large", "token too long"),
    ("boom", "provider", "boom"),
    ("", "provider", "failed without a reason"),
    ("{}", "provider", "{}"),
    (TRACEBACK + "requests.exceptions.ConnectTimeout: to x.org timed out\n", "timeout", "ConnectTimeout: to x.org"),
]


@pytest.mark.parametrize(
    ("text", "error_type", "words"), CASES, ids=[f"{number}-{case[2]}" for number, case in enumerate(CASES)]
)
def test_a_text_has_a_kind_and_its_own_words(text: str, error_type: ErrorType, words: str) -> None:
    error = classify(text, before_first_message=True)

    assert error.type == error_type
    assert words in error.message


WORDINGS = read_yaml(Path(__file__).with_name("errors.yaml"))


def test_the_words_of_systems_and_services_have_a_kind() -> None:
    otherwise = []
    for meant, text, *asked in WORDINGS:
        found = classify(text, before_first_message=False, asked=asked).type
        if found not in (meant if isinstance(meant, list) else [meant]):
            otherwise.append((text, f"expected {meant}", f"found {found}"))

    assert otherwise == []


def test_a_bare_500_after_the_first_message_is_the_tools_own() -> None:
    error = classify(http(500, "Internal Server Error"), before_first_message=False)

    assert (error.type, error.message) == ("provider", "Internal Server Error")


def test_unwrapped_words_stand_alone() -> None:
    assert classify(plugin("Exception", "boom"), before_first_message=False).message == "boom"
    assert classify(http(400, "just this"), before_first_message=True).message == "just this"


def test_no_traceback_is_passed_on() -> None:
    error = classify(f"could not read the page\n{TRACEBACK}ValueError: x", before_first_message=False)

    assert error.message == "could not read the page"


def test_secrets_in_addresses_and_headers_are_masked() -> None:
    error = classify(
        "401 Client Error for url: https://x.org/s?q=cats&api_key=s3cr3t&n=1 (sent Authorization: Bearer abc12345)",
        before_first_message=False,
    )

    assert error.message == (
        "401 Client Error for url: https://x.org/s?q=cats&api_key=***&n=1 (sent Authorization: Bearer ***)"
    )


def test_a_message_is_one_clean_line() -> None:
    error = classify("a\x00b\r\nc\ud800\u2028d", before_first_message=False)

    assert error.message == "a b c\ufffd d"


def test_a_long_message_is_cut() -> None:
    error = classify("x" * 1_000_000, before_first_message=False)

    assert len(error.message) == limits.ERROR_MESSAGE_CHARS
    assert error.message.endswith("x…")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Incorrect API key provided: sk-abc123*********xyz9.", "Incorrect API key provided: ***"),
        ('{"error": "bad", "api_key": "k3y-0123456789"}', "bad"),
        ("sent api_key='k3y-0123456789' to it", "sent api_key='***' to it"),
        ("x-api-key: 0a1b2c3d4e5f", "x-api-key: ***"),
        ("tvly-dev-0123456789abcdefXYZ was refused", "*** was refused"),
        ("token eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.abc-_1 expired", "token *** expired"),
        ("password=hunterhunter", "password=***"),
        ("https://me:s3cret@svc.example/x", "https://me:***@svc.example/x"),
        ("Authorization: Basic dXNlcjpwYXNz1234", "Authorization: Basic ***"),
        ("key d41d8cd98f00b204e9800998ecf8427e is blocked", "key *** is blocked"),
        # what is none stays
        ("token: expired", "token: expired"),
        ("unexpected token 'else'", "unexpected token 'else'"),
        ("max_tokens is 4096, at most 2048", "max_tokens is 4096, at most 2048"),
        ("request 3f0fa1 failed", "request 3f0fa1 failed"),
    ],
)
def test_no_key_and_no_token_is_shown(text: str, shown: str) -> None:
    assert classify(text, before_first_message=False).message.rstrip(".") == shown.rstrip(".")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"detail": {"error": "Unauthorized: bad"}}', "Unauthorized: bad"),
        ('{"error": "Too Many Requests", "message": "slow", "statusCode": 429}', "Too Many Requests: slow"),
        ('Status 401: {"detail": "no"} (end)', "Status 401: no (end)"),
        ('"{\\"error\\": \\"inner\\"}"', "inner"),
        ('{\\"error\\": {\\"message\\": \\"inner\\"}}', "inner"),
        ("Error code: 429 - {'error': {'message': \"it's much\", 'code': None}}", "Error code: 429 - it's much"),
        ('[{"error": {"message": "in a list"}}]', "in a list"),
        ('{"detail": [{"loc": ["query"], "msg": "Field required"}]}', "Field required"),
        ('{"data": {"response": {"reason": "deep"}}}', "deep"),
        ('{"message": "cut off he', '{"message": "cut off he'),
        ("<p>One</p> in <b>bold</b> &amp; <urlopen error [Errno 5]>", "One in bold & <urlopen error [Errno 5]>"),
        ("x <style>p {color: red}</style> y <script>1</script> z", "x y z"),
        ("a < b and c > d", "a < b and c > d"),
        ("search for {braces} failed", "search for {braces} failed"),
    ],
)
def test_the_reason_is_what_people_read(text: str, message: str) -> None:
    assert classify(text, before_first_message=False).message == message


def test_a_reason_in_json_is_kept_up_to_a_thousand_characters() -> None:
    reason = "why " * 240
    assert classify(json.dumps({"error": {"message": reason}}), before_first_message=False).message == reason.strip()


def test_what_dify_does_not_pass_on_is_not_guessed() -> None:
    error = classify("Reached maximum retries (0) for URL https://svc.example/timeout", before_first_message=True)

    assert error.type == "provider"
    assert "429, 500, 502, 503 or 504" in error.message


def test_a_named_wait_is_read_also_out_of_json_but_not_out_of_what_was_asked() -> None:
    wrapped = json.dumps({"error": json.dumps({"message": "slow down", "details": [{"retryDelay": "57s"}]})})
    asked = "what does retry after 30 s mean"

    assert classify(http(429, "retry after 3 s"), before_first_message=True).retry_after_s == 3
    assert classify(wrapped, before_first_message=True).retry_after_s == 57
    assert classify(f"no answer to: {asked}", before_first_message=True, asked=[asked]).retry_after_s is None


def test_a_rejected_answer_is_quoted_where_it_is_short() -> None:
    said = rejected({**EMPTY_OUTPUT, "text": "Error: API key is missing. Retry after 5 s"})
    told = rejected({**EMPTY_OUTPUT, "json": [{"error": {"message": "quota is used up"}}]})
    page = rejected({**EMPTY_OUTPUT, "text": "x" * 1001})

    assert (said.type, said.retry_after_s) == ("rejected", 5)
    assert said.message.endswith("; it sent: Error: API key is missing. Retry after 5 s")
    assert told.message.endswith("; it sent: quota is used up")
    assert page.message == "`accept` was not true for its answer"


def test_texts_are_found_in_nested_parameters() -> None:
    assert texts_in({"a": "x", "b": [{"c": "y"}, 1], "d": None}) == ["x", "y"]


HOSTILE = {
    "tags": "<style>" * 15_000,
    "openings": "<a " * 30_000,
    "type": json.dumps({"error_type": "Error" * 20_000, "message": "boom"}),
    "braces": '{"a":' * 20_000,
    "escapes": '{\\"' * 25_000,
    "keys": "api " * 25_000,
    "waits": "retry after " * 9_000,
    "numbers": "1 " * 50_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hundred_failures_at_once_hold_up_nobody_for_long(name: str) -> None:
    asked = [f"text {number}" for number in range(1_000)]
    started = time.thread_time()

    for _ in range(10):
        classify(HOSTILE[name], before_first_message=False, asked=asked)

    assert (time.thread_time() - started) * 10 < 4  # of one core, with room for a slow one; 1 s is the aim


FRAGMENTS = st.sampled_from(
    [
        "invoke tool failed: ",
        "request failed with status code: 500 and respond with: ",
        '{"message": "',
        '"}',
        '{"error": {"message": ',
        "PluginInvokeError: ",
        "An error occurred in the x, error type: Y, error details: ",
        "Traceback (most recent call last):\n",
        "<html>",
        "\\",
        '"',
        "[" * 50,
        "{" * 50,
    ]
)


@given(st.lists(FRAGMENTS | st.text(max_size=20)).map("".join), st.booleans())
def test_whatever_comes_gives_a_short_clean_line(text: str, before_first_message: bool) -> None:
    error = classify(text, before_first_message=before_first_message)

    assert 0 < len(error.message) <= limits.ERROR_MESSAGE_CHARS
    assert "\n" not in error.message
    assert "Traceback (most" not in error.message
    error.message.encode()


def test_words_that_were_sent_say_nothing_about_the_failure() -> None:
    asked = "how to fix 429 too many requests"
    text = f"Search for '{asked}' failed: upstream unavailable"

    assert classify(text, before_first_message=False).type == "rate_limited"
    assert classify(text, before_first_message=False, asked=[asked]).type == "provider"
