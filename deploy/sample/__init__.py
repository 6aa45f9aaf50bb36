"""A sample firm whose clients look real, made through the system itself."""
