"""Rows of organizers, approvals and signatures as the messages that calls answer with and events carry."""
