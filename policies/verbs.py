"""What can happen in this room, in words."""

from trail import verbs

verbs.register(
    {
        "law.loaded": "Law release {number} loaded",
        "version.drafted": "Version {number} drafted",
        "version.changed": "Draft of version {number} changed",
        "version.submitted": "Version {number} submitted for review",
        "version.sent_back": "Version {number} sent back",
        "version.published": "Version {number} published",
        "version.retired": "Version {number} retired",
    }
)
