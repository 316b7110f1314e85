"""Legal holds: placed on recordings named or matching, present and future; released by a second person who saw it all.

placing.py places one; joining.py puts recordings under it; settling.py writes the members of a large one in chunks, and
lets them go so; preview.py and releasing.py end it; reports.py tells of it; words.py says its criteria in words.
"""

from recordings.services.holds.criteria import Custodian
from recordings.services.holds.joining import join_claimed, locked_to_destroy, tell_joined
from recordings.services.holds.placing import find_hold, place_hold
from recordings.services.holds.preview import Preview, preview_release
from recordings.services.holds.releasing import release_hold
from recordings.services.holds.settling import settle_holds

__all__ = [
    "Custodian",
    "Preview",
    "find_hold",
    "join_claimed",
    "locked_to_destroy",
    "place_hold",
    "preview_release",
    "release_hold",
    "settle_holds",
    "tell_joined",
]
