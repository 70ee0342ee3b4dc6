"""What a run measured, as charts: its curves, what they are held against, and the SVG that the pages and the reports
of the evals show. May import transcript."""
