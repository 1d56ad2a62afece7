"""Who is in: tickets with signed QR codes, the door with its scanner, and every scan that was made."""
