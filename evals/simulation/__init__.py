"""A simulated production that answers every port and reacts to changes.
Imports nothing else of evals."""
