"""Who may do what. `may(actor, act, thing)` is the one answer; API, pages, admin and tasks all ask it."""

from enum import StrEnum
from uuid import UUID

from django.utils import timezone

from accounts.clients import TokenActor
from accounts.domain.errors import NotAllowed
from accounts.domain.scopes import Scope, covered
from accounts.models import CallAccess, Role, User
from trail.domain.actors import Actor, Callward


class Act(StrEnum):
    """Everything that somebody can ask for, named verb first."""

    DECIDE_CALL = "decide_call"
    SEE_RECORDING = "see_recording"
    HEAR_RECORDING = "hear_recording"
    DOWNLOAD_RECORDING = "download_recording"  # as a file that leaves Callward; no token and no reviewer may
    SEE_NAMES = "see_names"  # the numbers and names of a call, unsealed
    DELIVER_RECORDING = "deliver_recording"
    JUDGE_QUARANTINE = "judge_quarantine"
    SEE_INTAKE = "see_intake"  # what phone systems deliver, and what became of it: no content
    ADMINISTER_INTAKE = "administer_intake"
    SEE_HOLDS = "see_holds"
    PLACE_HOLD = "place_hold"
    RELEASE_HOLD = "release_hold"
    SEE_DISPOSITION = "see_disposition"
    APPROVE_DISPOSITION = "approve_disposition"
    OBJECT_TO_DISPOSITION = "object_to_disposition"
    PAUSE_DISPOSITION = "pause_disposition"  # to stop all destruction is careful; to let it go on is an officer's
    ASK_EARLY_DISPOSAL = "ask_early_disposal"
    APPROVE_EARLY_DISPOSAL = "approve_early_disposal"
    TELL_TRIGGER = "tell_trigger"  # that a contract ended, a complaint was closed: what a period counts from
    DECIDE_RETENTION = "decide_retention"  # until when a call is kept whose rules contradict each other
    PROPOSE_SHORTENING = "propose_shortening"
    APPROVE_SHORTENING = "approve_shortening"
    SEE_PERSON_REQUESTS = "see_person_requests"  # what people ask about themselves
    HANDLE_PERSON_REQUEST = "handle_person_request"
    APPROVE_ERASURE = "approve_erasure"
    SEE_CERTIFICATE = "see_certificate"
    SEE_POLICY = "see_policy"
    DRAFT_POLICY = "draft_policy"
    APPROVE_POLICY = "approve_policy"
    APPROVE_RETIREMENT = "approve_retirement"  # of a policy version
    DRAFT_LAW = "draft_law"
    APPROVE_LAW = "approve_law"
    DO_REVIEW = "do_review"
    SEE_AUDITS = "see_audits"
    ADMINISTER_PLAN = "administer_plan"
    CLOSE_FINDING = "close_finding"
    ADMINISTER_PEOPLE = "administer_people"
    SEE_TRAIL = "see_trail"


_READS = {
    Act.SEE_RECORDING,
    Act.SEE_INTAKE,
    Act.HEAR_RECORDING,
    Act.DOWNLOAD_RECORDING,
    Act.SEE_HOLDS,
    Act.SEE_DISPOSITION,
    Act.SEE_CERTIFICATE,
    Act.SEE_POLICY,
    Act.SEE_AUDITS,
    Act.SEE_TRAIL,
}

ACTS_OF_ROLE: dict[str, set[Act]] = {
    Role.REVIEWER: {Act.SEE_RECORDING, Act.HEAR_RECORDING, Act.DO_REVIEW, Act.SEE_POLICY, Act.DECIDE_CALL},
    Role.SUPERVISOR: _READS
    | {
        Act.DECIDE_CALL,
        Act.SEE_NAMES,
        Act.JUDGE_QUARANTINE,
        Act.OBJECT_TO_DISPOSITION,
        Act.PAUSE_DISPOSITION,
        Act.ASK_EARLY_DISPOSAL,
        Act.ADMINISTER_PLAN,
        Act.ADMINISTER_INTAKE,
        Act.CLOSE_FINDING,
        Act.ADMINISTER_PEOPLE,
        Act.SEE_PERSON_REQUESTS,
    },
    Role.OFFICER: _READS
    | {
        Act.DECIDE_CALL,
        Act.SEE_NAMES,
        Act.JUDGE_QUARANTINE,
        Act.PLACE_HOLD,
        Act.RELEASE_HOLD,
        Act.APPROVE_DISPOSITION,
        Act.OBJECT_TO_DISPOSITION,
        Act.PAUSE_DISPOSITION,
        Act.ASK_EARLY_DISPOSAL,
        Act.APPROVE_EARLY_DISPOSAL,
        Act.TELL_TRIGGER,
        Act.DECIDE_RETENTION,
        Act.PROPOSE_SHORTENING,
        Act.APPROVE_SHORTENING,
        Act.SEE_PERSON_REQUESTS,
        Act.HANDLE_PERSON_REQUEST,
        Act.APPROVE_ERASURE,
        Act.DRAFT_POLICY,
        Act.APPROVE_POLICY,
        Act.APPROVE_RETIREMENT,
        Act.DRAFT_LAW,
        Act.APPROVE_LAW,
        Act.CLOSE_FINDING,
    },
    Role.AUDITOR: _READS,
}

SCOPE_OF_ACT: dict[Act, Scope] = {
    Act.DECIDE_CALL: Scope.DECISIONS,
    Act.DELIVER_RECORDING: Scope.RECORDINGS_WRITE,
    Act.TELL_TRIGGER: Scope.RECORDINGS_WRITE,
    Act.SEE_RECORDING: Scope.RECORDINGS_READ,
    Act.SEE_CERTIFICATE: Scope.RECORDINGS_READ,
    Act.HEAR_RECORDING: Scope.RECORDINGS_LISTEN,
    Act.SEE_HOLDS: Scope.HOLDS_READ,
    Act.PLACE_HOLD: Scope.HOLDS_WRITE,
    Act.RELEASE_HOLD: Scope.HOLDS_WRITE,
    Act.SEE_AUDITS: Scope.AUDITS_READ,
    Act.SEE_TRAIL: Scope.TRAIL_READ,
}

# The law is one for all lines: whoever sees some of them alone would change calls that they never see.
OF_EVERY_LINE = {Act.DRAFT_LAW, Act.APPROVE_LAW}

# Acts whose second half belongs to somebody else than the first: the attribute names who did the first.
FIRST_HALF: dict[Act, tuple[str, str]] = {
    Act.RELEASE_HOLD: ("placed_by_kind", "placed_by_id"),
    Act.APPROVE_SHORTENING: ("proposed_by_kind", "proposed_by_id"),
    Act.APPROVE_ERASURE: ("asked_by_kind", "asked_by_id"),
    Act.APPROVE_EARLY_DISPOSAL: ("asked_by_kind", "asked_by_id"),
    Act.APPROVE_POLICY: ("", "author_id"),
    Act.APPROVE_RETIREMENT: ("", "retirement_asked_by_id"),
    Act.APPROVE_LAW: ("", "author_id"),
}


def may(actor: Actor, act: Act, thing: object | None = None) -> bool:
    """May this actor do this act, to this thing where one is given?

    A thing is judged by its `line_of_business_id` (or by being a line itself), for a reviewer by the calls they were
    given, and for a four-eyes act by who did the first half. Callward itself does what is due, never a person's half.
    """
    if isinstance(actor, Callward):
        return act not in FIRST_HALF
    if not _role_or_scope_allows(actor, act):
        return False
    return thing is None or (_reaches(actor, act, thing) and not _did_first_half(actor, act, thing))


def demand(actor: Actor, act: Act, thing: object | None = None) -> None:
    """As `may`, for services. Raises NotAllowed."""
    if not may(actor, act, thing):
        if act in OF_EVERY_LINE:
            raise NotAllowed("The law counts for every line of business. Ask an officer who sees all of them.")
        raise NotAllowed("Your role does not allow this. Ask somebody whose role does.")


OF_PROGRAMS = frozenset({Act.DELIVER_RECORDING, Act.TELL_TRIGGER})


def givable_scopes(actor: Actor) -> frozenset[Scope]:
    """The scopes that this actor may give to a token: those whose every act they may do themselves.

    To deliver recordings and to tell that a contract ended is a program's work and needs no act of a person; neither is
    half of a four-eyes act. Callward itself, a command of whoever owns
    the machine, gives every scope; thus nobody makes the second half of a four-eyes act by issuing a token.
    """
    if isinstance(actor, Callward):
        return frozenset(Scope)
    own = {act for act in SCOPE_OF_ACT if act in OF_PROGRAMS or _role_or_scope_allows(actor, act)}
    return frozenset(
        scope for scope in Scope if all(act in own for act, needed in SCOPE_OF_ACT.items() if needed is scope)
    )


def lines_of(actor: Actor) -> frozenset[UUID] | None:
    """The lines of business that the actor may look into; None: all. A lapsed auditor has none."""
    if isinstance(actor, Callward):
        return None
    if isinstance(actor, TokenActor):
        return actor.line_ids
    if isinstance(actor, User):
        if not _is_current(actor):
            return frozenset()
        return None if actor.all_lines else frozenset(actor.lines.values_list("pk", flat=True))
    return frozenset()


def sees_only_given_calls(actor: Actor) -> bool:
    """A reviewer sees the calls of their assignments and no others."""
    return isinstance(actor, User) and actor.role == Role.REVIEWER


def _is_current(user: User) -> bool:
    return user.is_active and (user.access_until is None or timezone.now() < user.access_until)


def _role_or_scope_allows(actor: Actor, act: Act) -> bool:
    if isinstance(actor, TokenActor):
        return act in SCOPE_OF_ACT and covered(set(actor.scopes), SCOPE_OF_ACT[act])
    if not isinstance(actor, User) or not _is_current(actor) or act not in ACTS_OF_ROLE.get(actor.role, set()):
        return False
    return actor.all_lines or act not in OF_EVERY_LINE


def _reaches(actor: Actor, act: Act, thing: object) -> bool:
    source = getattr(thing, "source", None)
    if isinstance(actor, TokenActor) and source is not None and not actor.has_source(source):
        return False
    if isinstance(actor, User) and sees_only_given_calls(actor) and act in {Act.SEE_RECORDING, Act.HEAR_RECORDING}:
        return CallAccess.objects.filter(user=actor, recording_id=str(getattr(thing, "pk", ""))).exists()
    reviewer = getattr(thing, "reviewer_id", None)
    if act is Act.DO_REVIEW and reviewer is not None:
        return str(reviewer) == actor.actor_id
    line = getattr(thing, "line_of_business_id", None)
    lines = lines_of(actor)
    return line is None or lines is None or line in lines


def _did_first_half(actor: Actor, act: Act, thing: object) -> bool:
    if act not in FIRST_HALF:
        return False
    kind_name, id_name = FIRST_HALF[act]
    kind = getattr(thing, kind_name) if kind_name else "user"
    return (kind, str(getattr(thing, id_name))) == (actor.actor_kind, actor.actor_id)
