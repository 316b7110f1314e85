"""What pytest runs under: the private services first, then the settings that read where they are."""

from tests import private_services  # noqa: F401, I001  starts them

from compliance_site.settings.test import *  # noqa: F403
