"""E-mail apart from our tables: addresses, what a message says, where it belongs, how it comes and goes."""
