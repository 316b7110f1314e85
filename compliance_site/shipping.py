"""What every copy has from its first start: a line for what names none, the law, the careful policy, a form."""

from accounts.models import LineOfBusiness
from audits.services.forms import ship_standard_form
from policies.services.register import load_shipped_law
from policies.services.versions import ship_careful_default


def ship() -> None:
    """Bring what ships into the database. Doing it twice is doing it once."""
    LineOfBusiness.objects.get_or_create(code=LineOfBusiness.UNASSIGNED, defaults={"name": "Unassigned"})
    load_shipped_law()
    ship_careful_default()
    ship_standard_form()
