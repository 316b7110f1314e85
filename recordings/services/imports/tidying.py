"""What imports and comparisons leave behind has its time too."""

from datetime import datetime, timedelta

from recordings.domain.errors import ImportRefused
from recordings.models import CallList, ImportRun
from recordings.services.imports.dropping import tidy_drop_folders

KEPT = timedelta(days=90)  # as the log of deliveries


def tidy_imports(at: datetime) -> int:
    """Forget imports, refusals and comparisons after 90 days, and what was taken from drop folders; how many went."""
    runs, _ = ImportRun.objects.filter(started_at__lt=at - KEPT).delete()
    lists, _ = CallList.objects.filter(made_at__lt=at - KEPT).delete()
    try:
        return runs + lists + tidy_drop_folders(at)
    except ImportRefused:  # the setting is wrong: whoever looks at the drop folders is told
        return runs + lists
