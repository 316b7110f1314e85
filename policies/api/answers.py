"""The decision as it goes out, for the schema; the answer itself comes from the rules and is sent as it is."""

from typing import Any

from rest_framework import serializers

Shape = serializers.Serializer[Any]


class ConsentCause(Shape):
    party = serializers.CharField(help_text="Role, or index in parties where the role occurs more than once.")
    role = serializers.CharField()
    jurisdiction = serializers.CharField(allow_null=True, help_text="null: unknown, which is the strictest.")
    source = serializers.CharField(  # type: ignore[assignment]
        help_text="explicit, address, number, default, hint or unknown."
    )
    citation = serializers.CharField()
    certainty = serializers.CharField(help_text="high, medium, low or none.")
    company_is_stricter = serializers.BooleanField(help_text="The policy asks for more than any place's law.")
    because = serializers.CharField()


class ConsentDocument(Shape):
    needed = serializers.BooleanField(help_text="The law or the policy asks for a written consent.")
    attached = serializers.BooleanField(help_text="The one that was sent serves.")
    sha256 = serializers.CharField(allow_null=True)


class Consent(Shape):
    standard = serializers.CharField(help_text="one_party, notice_required, basis_required or all_party.")
    form = serializers.CharField(help_text="none, implied_by_notice, express or written.")
    told = serializers.ListField(child=serializers.CharField(), help_text="Who has to be told.")
    because_of = ConsentCause(allow_null=True)
    document = ConsentDocument()

    def get_fields(self) -> dict[str, Any]:
        agrees = serializers.ListField(child=serializers.CharField(), help_text="Who has to agree.")
        return super().get_fields() | {"from": agrees}


class Disclosure(Shape):
    key = serializers.CharField(help_text="recording, purpose, retention, storage, refusal, consent, a regime's own.")
    when = serializers.CharField(help_text="start, before_recording, before_payment, any or end.")
    say = serializers.CharField()
    citation = serializers.CharField()
    severity = serializers.CharField(help_text="critical, major or minor.")
    because = serializers.CharField()
    rules = serializers.ListField(child=serializers.CharField())
    certainty = serializers.CharField()
    by = serializers.CharField(help_text="law or company.")
    satisfies_consent = serializers.BooleanField()
    verify = serializers.CharField(help_text="What to check first; a research aid, not legal advice.")


class Line(Shape):
    key = serializers.CharField()
    when = serializers.CharField()
    say = serializers.CharField()


class RetentionReason(Shape):
    rule = serializers.CharField()
    citation = serializers.CharField()
    kind = serializers.CharField(help_text="minimum or maximum.")
    period = serializers.CharField(allow_null=True, help_text="null: the rule has no number.")
    until = serializers.DateTimeField(allow_null=True)
    standing = serializers.CharField(help_text="decides, outranked, agrees or no_number.")
    outranked_by = serializers.CharField(allow_null=True)
    because = serializers.CharField()
    certainty = serializers.CharField()
    trigger = serializers.CharField(help_text="What the period counts from; an unknown one counts from the call.")
    by = serializers.CharField(help_text="law or company.")
    verify = serializers.CharField()


class Retention(Shape):
    keep_until = serializers.DateTimeField(help_text="Nobody may destroy it before.")
    delete_by = serializers.DateTimeField(help_text="It goes then.")
    zone = serializers.CharField(help_text="In whose days both were counted.")
    min_period = serializers.CharField(allow_null=True)
    max_period = serializers.CharField(allow_null=True)
    explanation = RetentionReason(many=True)
    waits_for = serializers.ListField(child=serializers.CharField(), help_text="Triggers that are not known yet.")


class LawConsent(Shape):
    standard = serializers.CharField()
    form = serializers.CharField()
    told = serializers.ListField(child=serializers.CharField())


class LawAlone(Shape):
    consent = LawConsent()
    must_record = serializers.BooleanField()
    min_period = serializers.CharField(allow_null=True)
    max_period = serializers.CharField(allow_null=True)


class Conflict(Shape):
    kind = serializers.CharField()
    rules = serializers.ListField(child=serializers.CharField())
    detail = serializers.CharField()
    forbids = serializers.BooleanField(help_text="The call may not be recorded because of it.")
    needs_person = serializers.BooleanField(help_text="A person has to decide.")


class Notice(Shape):
    kind = serializers.CharField(help_text="location_mismatch, unsettled_law, low_confidence, translation_missing, …")
    party = serializers.CharField(allow_null=True)
    rule = serializers.CharField(allow_null=True)
    citation = serializers.CharField()
    detail = serializers.CharField()


class BeepTone(Shape):
    counts_as_notice = serializers.BooleanField(help_text="A repeating tone is enough of a notice at a place here.")
    because = serializers.CharField()
    citation = serializers.CharField()


class Refusal(Shape):
    follow = serializers.CharField(help_text="stop_recording, delete, keep_reason_only or end_call.")
    say = serializers.CharField()
    because = serializers.CharField()
    citation = serializers.CharField()


class Pause(Shape):
    content = serializers.CharField(help_text="card_data")
    when = serializers.CharField(help_text="always or when_taken.")
    because = serializers.CharField()
    citation = serializers.CharField()
    by = serializers.CharField(help_text="law or company.")


class Outranked(Shape):
    name = serializers.CharField()
    because = serializers.CharField()


class GoverningPolicy(Shape):
    version = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    number = serializers.IntegerField(allow_null=True)
    because = serializers.CharField(help_text="Why it is this one.")
    outranked = Outranked(many=True, help_text="Others that speak for the call, and why they give way.")


class Reason(Shape):
    about = serializers.CharField(help_text="consent, policy, duty or retention.")
    rule = serializers.CharField()
    jurisdiction = serializers.CharField(allow_null=True)
    citation = serializers.CharField()
    demands = serializers.CharField()
    decides = serializers.BooleanField()
    outranked_by = serializers.CharField(allow_null=True)
    because = serializers.CharField()
    certainty = serializers.CharField()
    verify = serializers.CharField()
    party = serializers.CharField(required=False)


class OpenRule(Shape):
    rule = serializers.CharField()
    citation = serializers.CharField()
    waits_for = serializers.ListField(child=serializers.CharField(), help_text="Facts that nobody stated.")


class PartyPlace(Shape):
    party = serializers.CharField()
    role = serializers.CharField()
    jurisdiction = serializers.CharField(allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment]
    certainty = serializers.CharField()
    mismatch = serializers.CharField(allow_null=True, help_text="What the number hints at, where it is another place.")


class Preview(Shape):
    """The answer, computed and not stored."""

    may_record = serializers.BooleanField()
    must_record = serializers.BooleanField()
    consent = Consent()
    disclosures = Disclosure(many=True)
    if_it_happens = Disclosure(many=True)
    script = Line(many=True)
    language = serializers.CharField(help_text="What the script is spoken in.")
    beep_tone = BeepTone()
    on_refusal = serializers.CharField(help_text="stop_recording, delete, keep_reason_only or end_call.")
    refusal = Refusal()
    pause = Pause(many=True, help_text="When to stop recording for a while.")
    purposes = serializers.ListField(child=serializers.CharField())
    retention = Retention()
    law = LawAlone()
    conflicts = Conflict(many=True)
    notices = Notice(many=True, help_text="What is worth knowing; none of it keeps the call from being recorded.")
    because = Reason(many=True)
    open = OpenRule(many=True, help_text="Rules that may apply, once a fact is stated.")
    parties = PartyPlace(many=True)
    policy = GoverningPolicy()
    policy_version = serializers.CharField(allow_null=True)
    law_release = serializers.IntegerField()


class GivenDecision(Preview):
    """The answer, stored, with the token that binds the call to it."""

    id = serializers.UUIDField()
    token = serializers.CharField(help_text="Send it as `decision` with the recording.")


class GivenDecisions(Shape):
    """Several answers, in the order of the calls."""

    results = GivenDecision(many=True)


class Previews(Shape):
    """Several answers, in the order of the calls."""

    results = Preview(many=True)


class OutcomeShape(Shape):
    """What became of a decision on the call."""

    told_at = serializers.DateTimeField()
    announced = serializers.BooleanField()
    announced_offset_s = serializers.FloatField(allow_null=True)
    consent = serializers.CharField(allow_null=True, help_text="given, refused; null: nobody was asked.")
    method = serializers.CharField(allow_null=True)
    party = serializers.CharField(allow_null=True)
    offset_s = serializers.FloatField(allow_null=True)
    document_sha256 = serializers.CharField(allow_null=True)


class NextStep(Shape):
    follow = serializers.CharField(
        help_text="record, do_not_record, ask_first; or what the decision says of a refusal."
    )
    say = serializers.CharField()
    because = serializers.CharField()
    citation = serializers.CharField()


class ToldOutcome(OutcomeShape):
    """The outcome as it is kept, and what follows."""

    next = NextStep()


class StoredDecision(Preview):
    """A decision as it was given."""

    id = serializers.UUIDField()
    decided_at = serializers.DateTimeField()
    edition = serializers.IntegerField(help_text="Of the rules that computed it.")
    digest = serializers.CharField(help_text="SHA-256 of the answer's canonical JSON, hexadecimal.")
    call = serializers.JSONField(help_text="What it was computed from: places in the numbers' stead.")
    outcome = OutcomeShape(allow_null=True)
