"""From readings to suspects, hypotheses and a conclusion.
May import rules.writing; imported by the other rules."""
