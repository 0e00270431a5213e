"""The pure part: no SDK, no event loop, no thread, no clock. Packages, each using only those above it:

errors limits budget values …   what all share
language                        expressions and templates
plans                           what an author wrote → a frozen Plan
calls                           what happens in a call: messages, rules, fold, judging, strategy, streaming
answers                         records → merge → output and text
forms                           what each tool's parameters become: a plan, and its answer's shape
"""
