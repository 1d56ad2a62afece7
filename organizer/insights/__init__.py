"""What a community manager wants to know: queries over everything below, no changes."""
