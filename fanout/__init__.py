"""Fanout: one workflow node that calls several tools at once and gives one good answer.

    serve                    a tool's parameters in, messages out; in the tool's own greenlet
    │ core.frontends         what the tool asks for: plan and inputs, each in its own shape
    │ core.plans, .analysis  text ─▶ document ─▶ spec ─▶ drafts ─▶ Plan, or every Problem at once
    │
    ├─ run_engine ═▶ engine  run_call, in the event loop: RowRun ─▶ BranchRun ─▶ Tries ─▶ Attempt
    │    request             Attempt ─▶ Gateway ─▶ Outbox ─▶ run_engine, which writes its line to the platform
    │    answer              platform ─▶ LineReader ─▶ AnswerRouter ─▶ LoopQueue (line ─▶ Message) ─▶ Inbox ─▶ Attempt
    │    core.calls          Message ─▶ apply_rules ─▶ Fold ─▶ judge ─▶ Verdict; its text ─▶ TextStream ─▶ Outbox
    │    end                 Verdict ─▶ Record; the Board of the RowRun decides ─▶ RowOutcome ─▶ Outcome ─▶ Outbox
    │
    └─ core.answers          conclude: Record ─▶ Part ─▶ merge ─▶ output ─▶ text ─▶ Answer ─▶ answer_messages

Serverless, HttpGateway sends the requests itself, and its answers join at LoopQueue. `reshape` and `check_plan` call
nothing: they have no middle part.

Layers, each importing only from those before it: `core` (pure) → `engine` (anyio) | `dify` (the SDK) | `catalog` (known
tools, as data) → `serve` → the files in `tools/`. `tests/test_architecture.py` reads the imports and says so.
"""
