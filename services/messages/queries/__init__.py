"""Reads: threads and what was said in them, for the firm and for its clients."""
