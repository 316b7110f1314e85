"""Evaluation forms and their versions."""


def ship_standard_form() -> None:
    """Bring the standard form into the database, published, once."""
