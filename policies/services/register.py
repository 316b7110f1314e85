"""Law releases: read from the files, checked, loaded as a whole."""


def load_shipped_law() -> None:
    """Bring the shipped register into the database, once."""
