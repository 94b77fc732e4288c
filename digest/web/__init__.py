"""In the browser: the local preview, its rooms, and the pages that the world meets."""
