"""A service small enough to see through, for the tests of what every service stands on."""
