"""Reads: single items, the firm's settings, and the four sections of the overview."""
