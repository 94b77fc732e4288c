"""The pages that the world meets, and what programs ask."""
