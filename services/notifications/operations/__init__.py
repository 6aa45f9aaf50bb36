"""Writes: one function per thing the business does; rows and events in one transaction."""
