"""What the terminal uses to speak to a running server, and how it prints."""
