"""Time travel: the fold over the journal, stopped at any fact, and the view of that moment."""
