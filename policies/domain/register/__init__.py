"""A law release as text: read, checked cell by cell, compared, and built into a Law."""
