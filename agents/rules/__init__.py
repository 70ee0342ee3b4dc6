"""How each duty is done without a model: deterministic code that reasons only from what the tools return.
May import runtime, tools, readings and reports; imported by roles."""
