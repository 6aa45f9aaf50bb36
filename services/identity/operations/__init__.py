"""What identity does: each function is one transaction's work."""
