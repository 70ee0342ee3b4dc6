"""What roles hand in, step by step; every claim cites transcript events. Imports nothing of ours."""
