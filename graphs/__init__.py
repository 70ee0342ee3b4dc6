"""The runbook as a LangGraph graph, with its transcript, its store and what runs it.
May import agents and prompts; imported by evals and api."""
