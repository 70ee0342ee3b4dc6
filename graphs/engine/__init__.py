"""The compiled graph and what advances it: scheduler, lane executor, checkpointer, drawing.
May import steps, background and runtime."""
