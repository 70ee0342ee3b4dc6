"""The application on a listening socket."""
