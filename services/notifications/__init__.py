"""notifications: decides who is told what by mail, writes it in their language, sends it, keeps what became of it."""
