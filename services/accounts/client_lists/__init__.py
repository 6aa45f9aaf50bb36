"""Reads client lists that somebody else wrote: columns in any order, in English or French (domain.md §3.13)."""
