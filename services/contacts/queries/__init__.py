"""Reads of the contacts service."""
