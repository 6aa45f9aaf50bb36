"""Copies all databases and files of a running system as they were at one instant, and puts them back (ADR 23)."""
