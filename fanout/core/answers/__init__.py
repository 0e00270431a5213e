"""From settled records to what a tool returns: merge, state, `output`, text, timeline.

Two parts are asked while the call still runs: `state` and `merge` for `until`, `render` for text made of JSON.
"""
