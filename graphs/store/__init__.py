"""What Warroom keeps: the store with a repository for each kind of thing, named queries, migrations, API keys.
Imports nothing else of graphs."""
