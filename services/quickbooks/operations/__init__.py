"""What changes the connection, the queue, and how accounts stand."""
