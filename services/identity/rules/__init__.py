"""What identity decides from values alone."""
