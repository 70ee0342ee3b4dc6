"""A finished run once more from its transcript, exactly.
May import engine and transcript."""
