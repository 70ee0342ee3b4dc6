"""What a node works with: the process's dependencies, questions to people, the node's context and facts, briefings.
May import transcript, store and model."""
