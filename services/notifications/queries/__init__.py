"""Reads: one function per question."""
