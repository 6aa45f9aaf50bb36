"""Reads: single items, the lists of an account, and the section of the overview."""
