"""`digest subscribers export`: people into a file."""
