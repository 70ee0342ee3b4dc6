"""One module per role, declarations only: its duties with their tools, reports and runbook rows.
May import rules, runtime, tools and reports; roles do not import one another."""
