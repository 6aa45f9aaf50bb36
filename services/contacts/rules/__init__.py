"""Pure decisions of the contacts service: no session, no clock, no network."""
