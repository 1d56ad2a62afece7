"""What all views share. Knows no feature."""
