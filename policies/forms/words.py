"""What the choices of a policy are called where somebody chooses them."""

STANDARDS = {
    "one_party": "No more than law asks",
    "notice_required": "Tell every party",
    "basis_required": "Tell every party, on a lawful basis",
    "all_party": "Every party has to agree",
}
FORMS = {
    "none": "No more than law asks",
    "implied_by_notice": "Staying on the line after the notice",
    "express": "A yes, a key press or another active step",
    "written": "A signed document",
}
READINGS = {"best": "The best reading", "cautious": "The cautious reading"}
REFUSALS = {
    "stop_recording": "Stop recording, keep nothing from then on",
    "delete": "Stop recording and delete what there is",
    "keep_reason_only": "Stop recording and keep the reason alone",
}
HINTS = {
    "best_source": "The most certain one counts",
    "strictest": "All of them count, and the strictest decides",
}
PAUSES = {
    "always": "Pause on every call in which card data may come",
    "when_taken": "Pause when card data are taken",
    "never": "Do not pause, unless a rule asks for it",
}
SCRIPT = {
    "recording": "That the call is recorded",
    "purpose": "How the recording is used",
    "retention": "How long it is kept",
    "storage": "How it is stored",
    "refusal": "That they may refuse",
    "consent": "The question for consent",
    "agent_and_company_identity": "Who is speaking",
    "call_purpose": "Why you are calling",
    "controller_identity": "Who is responsible for the data",
    "rights_notice": "Which rights they have",
    "refusal_honoured": "After somebody refused",
    "notice_to_late_joiner": "To somebody who joins later",
    "recording_resumed_notice": "When it goes on",
    "recording_paused_for_payment": "Before card data are taken",
    "emotion_recognition_notice": "That moods are estimated",
    "third_party_ai_notice": "That another company's AI listens",
}
