"""Submissions: accepted once, kept for ever, graded to exactly one verdict for each version of the exercise."""
