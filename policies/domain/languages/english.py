"""English, the language that ships first. Where one rule alone asks for a key, its own example is the wording."""

from policies.domain.languages.language import Language

ENGLISH = Language(
    code="en",
    name="English",
    in_english="English",
    texts={
        "recording": "This call is recorded.",
        "purpose": "We use the recording {purposes}.",
        "retention": "We keep the recording for {period}, then we delete it.",
        "storage": "It is stored encrypted, and only authorised staff can listen to it.",
        "refusal": "If you do not want to be recorded, tell me now and I will go on without recording.",
        "consent": "Is it all right that we record this call? Say yes or press {yes_key}.",
        "agent_and_company_identity": "You are speaking with {company}.",
        "call_purpose": "Let me first say why I am calling.",
        "controller_identity": "{company} is responsible for your data.",
        "rights_notice": "You can object, ask for a copy or ask for deletion; see our privacy page.",
        "refusal_honoured": "I have stopped the recording.",
        "notice_to_late_joiner": "Welcome, please note that this call is recorded.",
        "recording_resumed_notice": "The recording is on again from now.",
        "recording_paused_for_payment": "I am pausing the recording while you give the card details.",
        "emotion_recognition_notice": "We use software that estimates mood from the voice.",
        "third_party_ai_notice": "A service provider transcribes this call for us with AI.",
    },
    refusal_of_duty="The law asks us to record this call. If you do not want that, tell me now and we end the call.",
    purposes={
        "performance_monitoring": "to see how well we work",
        "quality_assurance": "to check our service",
        "dispute_resolution": "to settle disputes",
        "contract_evidence": "as proof of what was agreed",
        "customer_experience": "to serve you better",
        "training": "to train our team",
        "regulatory": "to meet legal duties",
    },
    serving="to serve you",
    our_company="our company",
    units={
        "year": ("year", "years"),
        "month": ("month", "months"),
        "day": ("day", "days"),
        "hour": ("hour", "hours"),
        "minute": ("minute", "minutes"),
        "second": ("second", "seconds"),
    },
    and_="and",
    mentions={
        "recording": ("record", "taped", "taping", "monitor"),
        "refusal": ("not", "n't", "without", "refus", "object", "opt", "declin", "stop", "rather", "{opt_out_key}"),
    },
)
