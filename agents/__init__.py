"""The fourteen roles as LLM agents: what each does, by a model or by written rules, and the tools they read with.
May import prompts. `roster` lists the roles; imported by graphs, evals and api."""
