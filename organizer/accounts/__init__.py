"""People: sign-in, sessions, profile."""
