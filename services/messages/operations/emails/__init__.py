"""What changes e-mail, its mailboxes, and where it is filed."""
