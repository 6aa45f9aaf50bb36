"""Writes of the contacts service: one function per thing the business does."""
