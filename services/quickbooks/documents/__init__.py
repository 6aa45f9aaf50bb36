"""Documents of billing on their way into the firm's books: told, placed, prepared, pushed, answered."""
