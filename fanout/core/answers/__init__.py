"""From settled records to what a tool returns: merge, state, `output`, text, diagrams."""
