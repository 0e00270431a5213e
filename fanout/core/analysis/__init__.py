"""What a plan would do, and what in it can only be a mistake: read from the plan alone, calling nothing.

Every tool reads its plan through `examine`.
"""
