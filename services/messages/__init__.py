"""What is said between a firm and its clients."""
