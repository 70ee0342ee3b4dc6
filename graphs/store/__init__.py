"""The database: connection, named queries, migrations, API keys, past incidents.
Imports nothing else of graphs."""
