"""HTML pages with their templates, styles and scripts.
May import runs, intake, streaming and narration."""
