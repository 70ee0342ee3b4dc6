-- One row per switch that people can throw for all runs at once.

CREATE TABLE IF NOT EXISTS switches (
    name TEXT PRIMARY KEY,
    state TEXT NOT NULL
);
