"""The WSGI application that granian serves."""

import multiprocessing
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from compliance_site.private.processes import tie_to_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "compliance_site.settings.local")
if multiprocessing.parent_process() is not None:
    tie_to_parent()  # granian's worker would outlive its killed parent and keep the port
site = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018  every view is loaded now, not by the first visitor

from compliance_site.express import Express  # noqa: E402  what it reads is there only now

application = Express(site)
