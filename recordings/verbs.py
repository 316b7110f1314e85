"""What can happen in this room, in words."""

from trail import verbs

HAPPENED = {
    "consent_given": "consent was given",
    "consent_refused": "consent was refused",
    "disclosure_played": "a disclosure was played",
    "paused": "the recording was paused",
    "resumed": "the recording went on",
}
HEARD = {"good": "whole", "damaged": "part of it is damaged", "unreadable": "nothing of it can be decoded"}

verbs.register(
    {
        "recording.received": "Received from {source}",
        "recording.completed": "Completed by its phone system",
        "recording.fetch_again": "Its audio is fetched once more, from {source}",
        "source.configured": "Telephony source {source} configured",
        "intake.run_again": "A delivery of {source} is worked once more",
        "recording.stored": "Audio stored, {size_bytes}",
        "recording.probed": "Audio read: {outcome}",
        "recording.quarantined": "Put in quarantine",
        "recording.released": "Released from quarantine",
        "recording.flagged": "Awaits its audio for over a day",
        "recording.event_told": "Told what happened on the call: {kind}",
        "hold.placed": "Hold placed; recordings under it: {recordings}",
        "hold.released": "Hold released; recordings under it: {recordings}",
        "recording.held": "Put under a hold",
        "recording.hold_released": "A hold was released",
        "recording.listed": "Listed for disposition",
        "recording.objected": "Disposition objected to, until {until}",
        "recording.objection_ended": "The objection to its disposition ended",
        "recording.approved": "Approved to be destroyed",
        "recording.approval_withdrawn": "Approval to be destroyed taken back",
        "recording.disposed": "Destroyed, with certificate {certificate}",
        "recording.read_back": "Its object was read back and is absent",
        "recording.kept_longer": "Kept longer, because of {cause}: until {delete_by}",
        "recording.shortened": "Leaves earlier, by an approved shortening: {delete_by}",
        "shortening.proposed": "Shortening proposed: {of}",
        "shortening.counted": "Shortening counted: {of}; recordings on its list: {recordings}",
        "shortening.approved": "Shortening approved: {of}; recordings: {recordings}",
        "shortening.refused": "Shortening refused: {of}",
        "shortening.done": "Shortening done: {of}; recordings: {recordings}, passed over: {passed_over}",
        "recording.expiry_advanced": "Made to come due at {delete_by}, for a demonstration",
        "recording.viewed": "Its page was opened",
        "recording.played": "Play began, for {purpose}",
        "playback.ended": "Played for {purpose}, {from_s} to {to_s}",
        "playback.ended_unheard": "Play for {purpose} ended before anything was sent",
        "recording.downloaded": "Downloaded for {purpose}",
        "certificate.exported": "Certificate exported as a signed file",
    },
    words={
        "source": verbs.as_written,
        "size_bytes": lambda count: f"{count:,} bytes" if isinstance(count, int) else verbs.plain(count),
        "outcome": verbs.one_of(HEARD),
        "kind": verbs.one_of(HAPPENED),
        "from_s": verbs.clock,
        "to_s": verbs.clock,
        "until": verbs.moment,
        "delete_by": verbs.moment,
    },
)
