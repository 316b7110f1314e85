"""What can be wrong about who acts."""


class TokenRefused(Exception):
    """The token is unknown, revoked or expired. Which of them is nobody's business."""


class UnknownClient(LookupError):
    """No integration client has this name."""


class ZoneUnknown(ValueError):
    """No time zone of the IANA database has this name."""


class NotAllowed(Exception):
    """The actor may not do this to this thing, though they may know of it."""
