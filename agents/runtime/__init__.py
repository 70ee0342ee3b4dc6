"""How one duty is carried out: by a model in a tool loop with its report checked, or by the rules.
May import llm, tools and io; imported by rules, roles and graphs."""
