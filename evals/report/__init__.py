"""Records of played runs, summaries, comparisons, tables and the HTML page.
May import scorers."""
