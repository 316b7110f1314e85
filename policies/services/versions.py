"""Policy versions: drafted, submitted, published by a second person, retired."""


def ship_careful_default() -> None:
    """Bring the careful default policy into the database, published, once."""
