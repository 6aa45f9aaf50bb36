"""What is done to accounts: one function per thing, grouped by what it is done to."""
