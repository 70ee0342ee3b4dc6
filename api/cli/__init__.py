"""The `warroom` command and its sub-commands.
May import everything in api."""
