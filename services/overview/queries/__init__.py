"""Answers from the directory; what the caller may see is part of each query, before its limit (R-SRC-5)."""
