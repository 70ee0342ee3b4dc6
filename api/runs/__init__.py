"""The run resource: how runs stand, answers, instructions, grouping.
May import intake, narration and auth."""
