"""One module per role, declarations only: its page, duties, tools, reports and runbook rows.
May import rules, runtime, tools and reports; roles do not import one another."""
