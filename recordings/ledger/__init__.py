"""The disposition log: what was held and destroyed, outside the database, so that no restore takes it back.

`log` its files; `writing` a line for a deed, before its commit; `state` whether database and log agree, and the gate;
`settling` the sweep that says how each deed ended; `replaying` what a restored database has to do again; `place` the
mark on the audio store; `returned` bytes that came back; `key_backups` the keys' own backups.
"""

from recordings.ledger.writing import hold_members, hold_placed, hold_released, intend_destruction

__all__ = ["hold_members", "hold_placed", "hold_released", "intend_destruction"]
