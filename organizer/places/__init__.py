"""Where things happen: venues, cities of the world, zones, grid cells."""
