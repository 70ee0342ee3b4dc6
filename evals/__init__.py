"""Scenarios, the simulated production behind them, how they are played and scored.
May import graphs, agents and prompts; imported by api."""
