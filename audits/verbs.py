"""What can happen in this room, in words."""

from trail import verbs

verbs.register({})
