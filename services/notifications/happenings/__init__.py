"""What concerns clients of all that the others tell: one function for each kind of event, by whoever tells it."""
