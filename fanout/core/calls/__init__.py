"""What happens in a call, without its clock: messages, rules, the fold, judging, strategy, streaming, failures."""
