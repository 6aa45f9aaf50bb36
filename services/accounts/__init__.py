"""Whom the firm works for, and who may do what on an account."""
