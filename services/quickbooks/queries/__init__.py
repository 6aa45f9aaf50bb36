"""What is told of the connection, of accounts and of errors to solve."""
