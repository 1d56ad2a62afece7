"""Events on the map of the world."""
