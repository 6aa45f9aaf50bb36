"""Writes: one function per thing that is said or done; rows and events in one transaction."""
