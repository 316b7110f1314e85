"""The forms of this room: a policy's document in fields, the moves of a version, a call to try."""
