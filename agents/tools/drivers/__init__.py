"""One file per outside system that answers ports. Drivers do not import one another."""
