"""What happened, in sentences and pictures, for pages and terminal alike."""
