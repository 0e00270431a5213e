"""Fanout: one workflow node that calls several tools at once and gives one good answer.

    serve                    a tool's parameters in, messages out; in the tool's own greenlet
    │ core.frontends         what the tool asks for: plan and inputs, each in its own shape
    │ core.plans, .analysis  for every tool: text ─▶ document ─▶ spec ─▶ drafts ─▶ Plan, or every Problem at once
    │
    ├─ run_engine ═▶ engine  run_call, in the event loop: RowRun ─▶ BranchRun ─▶ Tries ─▶ Attempt
    │    request             Attempt ─▶ Gateway ─▶ Outbox ─▶ run_engine, which writes its line to the platform
    │    answer              platform ─▶ LineReader ─▶ AnswerRouter ─▶ LoopQueue (answer ─▶ Message) ─▶ Inbox ─▶ Attempt
    │    core.calls          Message ─▶ apply_rules ─▶ Fold ─▶ judge ─▶ Judgement ─▶ Verdict
    │    text                Attempt ─▶ BranchRun ─▶ TextStream ─▶ Outbox; but for `all`, the first text shown decides
    │    end                 Verdict ─▶ Record; the Board of the RowRun decides ─▶ RowOutcome ─▶ Outcome ─▶ Outbox
    │    loss                platform gone ─▶ AnswerRouter ─▶ Outbox, and the call ends with an error
    │
    └─ core.answers          conclude: Record ─▶ Part ─▶ merge ─▶ output ─▶ text ─▶ Answer ─▶ answer_messages

Serverless, HttpGateway sends the requests itself, and its answers join at LoopQueue. `reshape` and `check_plan` call
nothing: they have no middle part. `web_search` and `read_pages` shape the records before they conclude, and `until`
merges while the call runs.

Time: the Call ends all at `deadline_s`; an Attempt has its own limits; Tries waits for its rate, a slot, a connection
and between retries; the Board decides on hedges and grace. Nesting: Connections, one per process, lets a workflow tool,
which may contain this node, wait until there is room for what it calls itself. Threads: one of the system, as gevent
has it; the reader, each tool call and each long evaluation is a greenlet, and all engines share one event loop.

Layers, each importing only from those before it: `core` (pure) → `engine` (anyio) | `dify` (the SDK) | `catalog` (known
tools, as data) → `serve` → the files in `tools/`. `tests/test_architecture.py` reads the imports and says so.
"""
