"""The pure part: no SDK, no event loop, no thread, no clock. Packages, each using only those above it:

errors limits budget values …   what all share
language                        expressions and templates
plans                           what an author wrote → a frozen Plan
analysis                        what a plan would do, and what in it can only be a mistake
calls                           what happens in a call: messages, rules, fold, judging, strategy, streaming
answers                         records → merge → output and text
frontends                       what each tool asks for: its parameters into a plan, and its answer's shape
"""
