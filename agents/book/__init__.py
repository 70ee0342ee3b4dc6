"""The book: how duties are done without a model, from what the tools return and nothing else.

Reading (inquiry, signals, component, survey, dossier), weighing (causes, alibis, diagnosis, conclusion),
acting (remedy, hotfix, attempts), verifying (verification), telling (wording, plain_words, standing, lessons)."""
