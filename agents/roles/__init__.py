"""One module per role; each only declares duties: their tools, reports and rows (the ids of prompts/runbook.md).
May import rules, runtime, tools and reports; roles do not import one another."""
