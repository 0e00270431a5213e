"""The waits that services name, in fields and in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core.calls.waits import named_wait_s

NAMED = [
    ("429 Too Many Requests, retry after 3 s", 3),
    ("Rate limit reached, try again in 2 minutes", 120),
    ("Please slow down. Retry after 20 seconds.", 20),
    ("Please try again in 20s. Visit the account page.", 20),
    ("Please try again in 976ms.", 0.976),
    ("Please try again in 7.66s.", 7.66),
    ("Please try again in 1m30s.", 90),
    ("Please try again in 6m0s.", 360),
    ("try again in 1h2m3s", 3723),
    ("retry in 2 minutes and 10 seconds", 130),
    ("Rate limit is exceeded. Try again in 30 seconds.", 30),
    ("Requests have exceeded the tier. Please retry after 86400 seconds.", 86400),
    ("You've made too many requests, please wait one minute and try again.", 60),
    ("wait for 5 sec", 5),
    ("back off for 30 s", 30),
    ("Request was throttled. Expected available in 12 seconds.", 12),
    ("Your quota will reset after 2h.", 7200),
    ("Limit resets in 45 minutes", 2700),
    ("try your request again in an hour", 3600),
    ("Retry-After: 20", 20),
    ("HTTP 429 retry-after: 20 x-request-id: 77", 20),
    ("retry-after-ms: 1500", 1.5),
    ("Retry after 3", 3),
    ("Retry after 3.", 3),
    ('{"message": "You are being rate limited.", "retry_after": 64.57, "global": false}', 64.57),
    ('{"retry_after": "30"}', 30),
    ('{"retryAfter":5}', 5),
    ('{"retry_after_ms": 250}', 0.25),
    ('{"retryAfterMs": 250}', 0.25),
    ('{"retry_after_seconds": 9}', 9),
    ('{"error": "{\\"retryDelay\\": \\"57s\\"}"}', 57),
    ('{"error": "{\\\\\\"retry_after\\\\\\": 4}"}', 4),
    ("请求过于频繁，请在 30 秒后重试", 30),
    ("请求过于频繁，请2分钟后再试", 120),
    ("请等待 5 秒", 5),
    ("1小时之后再试", 3600),
    ("請於 30 秒後重試", 30),
    ("30秒後に再試行してください", 30),
    ("5分後にもう一度お試しください", 300),
    ("1時間後に再度お試しください", 3600),
    ("10秒お待ちください", 10),
    ("Tente novamente em 30 segundos", 30),
    ("Aguarde 2 minutos e tente de novo", 120),
    ("Tente novamente após 1 hora", 3600),
    ("Espere por 10 segundos", 10),
    ("Inténtelo de nuevo en 15 segundos", 15),
]

UNNAMED = [
    "retry after 00:00:30",
    "Please try again later.",
    "Retry after 3 attempts failed",
    "Read timed out. (read timeout=10)",
    "no answer within 30 seconds",
    "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT",
    "the search took 3 s",
    '{"retry_after": null}',
    "retry after 99999999999999999999 seconds",
    "",
]


@pytest.mark.parametrize(("text", "wait_s"), NAMED)
def test_a_named_wait(text: str, wait_s: float) -> None:
    assert named_wait_s(text) == pytest.approx(wait_s)


@pytest.mark.parametrize("text", UNNAMED)
def test_no_wait_is_made_up(text: str) -> None:
    assert named_wait_s(text) is None


@given(st.lists(st.sampled_from(["retry", " after ", "in ", "3", ".", "s", " m", "and", "a ", '"', ":"])).map("".join))
def test_whatever_comes_a_wait_is_none_or_finite(text: str) -> None:
    wait_s = named_wait_s(text)
    assert wait_s is None or 0 <= wait_s <= 366 * 86_400
