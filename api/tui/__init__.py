"""`warroom watch`: one run on the whole terminal.
May import client."""
