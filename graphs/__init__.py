"""The order of events: the runbook as a LangGraph graph, its lanes, its transcript and what keeps them.

`incident.py` is the table of contents; `runbook.py` holds the tables; `runner.py` wakes the runs."""
