"""Tables and shapes: state, the runbook's tables, severity rules, policy, questions, instructions.
Imports nothing else of graphs."""
