"""Typed questions to outside systems, and requests for changes; drivers implement them by name.
Imports nothing but readings."""
