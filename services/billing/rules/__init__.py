"""Decisions of billing from values alone: sums, statuses, coverage by credit, numbers."""
