"""Tools, one file per outside system: what can be asked of it, then, in drivers, how."""
