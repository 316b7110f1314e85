"""Why a drawn call is not reviewed. Closed lists: each reason is counted."""

REASONS = {
    "knows_party": "I know the agent or the customer",
    "bad_audio": "The audio cannot be understood",
    "language": "A language I do not speak",
    "no_conversation": "Voicemail, no conversation",
}
GONE = {
    "destroyed": "Destroyed before its review",
    "quarantined": "Quarantined before its review",
}
WORDS = REASONS | GONE
