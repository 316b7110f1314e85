"""What each disclosure that a policy may reword is for, in words that finish a sentence."""

from collections.abc import Mapping

KEY_WORDS: Mapping[str, str] = {
    "recording": "that the call is recorded",
    "purpose": "how the recording is used",
    "retention": "how long it is kept",
    "storage": "how it is stored",
    "refusal": "that they may refuse",
    "consent": "the question for consent",
    "agent_and_company_identity": "who is speaking",
    "call_purpose": "why you are calling",
    "controller_identity": "who is responsible for the data",
    "rights_notice": "which rights they have",
}
