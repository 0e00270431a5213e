"""Every limit, once, with its reason. Bytes are bytes of UTF-8 JSON; seconds end in `_s`."""

from __future__ import annotations

KIB = 1024
MIB = 1024 * KIB

# -- what an author writes
PLAN_BYTES = 256 * KIB  # a plan is read by people; more is data in the wrong place
PLAN_DEPTH = 64  # nesting of a plan's text
DATA_DEPTH = 500  # nesting of data given as text; the interpreter's own limit is near 1,000
BRANCHES = 100
CELLS = 1_000  # rows × branches of a `for_each`
NAME_CHARS = 64
TITLE_CHARS = 200
RETRY_ATTEMPTS = 20

# -- time: a stock platform cuts a reverse call at 240 s and a tool call at 600 s; ours are below, so the answer is ours
BRANCH_TIMEOUT_S = 60.0
BRANCH_TIMEOUT_STOCK_S = 235.0  # over this only an installation with longer limits lets a branch finish: a warning
BRANCH_TIMEOUT_MAX_S = 580.0
DEADLINE_S = 120.0
DEADLINE_MIN_S = 0.1
DEADLINE_MAX_S = 590.0

# -- concurrency: a stock self-hosted API container serves 10 connections, one per reverse call in flight
PARALLEL = 4
PARALLEL_MAX = 500

# -- evaluation of expressions
EVAL_NODES = 2_000_000  # nodes visited by one evaluation, and nodes of a value written out as a tree
EVAL_BYTES = 32 * MIB  # bytes of a value written out as a tree
EVALUATIONS = 2  # long ones of one call at a time: they share one core, and other calls have their share of it
INLINE_NODES = 20_000  # about 10 ms: up to here an evaluation runs where it is, beyond it in a thread that pauses

# -- sizes of what passes: the platform kills a plugin that writes a line over 5 MiB
LINE_BYTES = 4 * MIB
LINE_ENVELOPE_BYTES = 4 * KIB  # what stands around a value in its line, with room to spare
LINE_DEPTH = 200  # the SDK writes values up to 250 levels deep; some of them are the envelope's
BRANCH_BYTES = 8 * MIB
CALL_BYTES = 32 * MIB
# In memory a value takes more than its text: a list 64 bytes, an object up to 256, a number 32, a text 60. So a list or
# an object weighs three, a text two, another value one, and a unit of weight counts for at least so many bytes.
CONTAINER_WEIGHT = 3
WEIGHT_BYTES = 4
RECORD_RESULT_BYTES = 4 * KIB  # a result over this is left out of the `branches` variable
RECORDS_BYTES = 2 * MIB  # all results over this together are left out too
ERROR_MESSAGE_CHARS = 1_000
ERROR_BYTES = MIB  # of the text of an error that ends the call
