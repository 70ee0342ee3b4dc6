"""HTTP, pages and the `warroom` command.
May import evals, graphs, agents and prompts; nothing imports api."""
