"""Fanout: one workflow node that calls several tools at once and gives one good answer.

    parameters ─▶ Plan ─▶ Calls ─▶ messages ─▶ rules ─▶ fold ─▶ Record ─▶ merge ─▶ output ─▶ emitted messages
             core.plans     engine   dify.gateway   core.calls    engine settles    core.answers  dify.messages

Layers, each importing only from those before it: `core` (pure) → `engine` (anyio) | `dify` (the SDK) → `serve` → the
files in `tools/`. `tests/test_architecture.py` reads the imports and says so.
"""
