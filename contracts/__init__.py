"""What the services promise each other: one page per owner."""
