"""Law releases: read from files, checked, stored as a candidate as a whole or not at all; published by an officer."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

import trail.services as trail
from accounts.models import User
from policies.domain.errors import LawRefused, OverrideRefused, ReleaseNotMovable
from policies.domain.register.checks import checked, register_of
from policies.domain.register.differences import RuleChange, rule_changes
from policies.domain.register.examples import wrong_examples
from policies.domain.register.files import COLUMNS, Register, WrongCell, written
from policies.domain.register.overriding import overridden_and_displaced
from policies.models import LawOverride, LawRelease
from policies.services.stored_register import rows_of, store
from trail.domain.actors import CALLWARD, Actor

SHIPPED = Path(__file__).resolve().parent.parent / "data"
ABOUT = "release.json"  # {"reviewed_on": "2026-11-24"}
SHOWN_PROBLEMS = 50
_ONE_AT_A_TIME = 0x1A40001  # advisory lock: two starts at once load one release
State = LawRelease.State


def load_shipped_law() -> LawRelease:
    """Bring the shipped register into the database, once: in effect where there is none, else as a candidate.

    One that an officer discarded stays discarded.
    """
    discarded = LawRelease.objects.filter(content_digest=_digest(_texts(SHIPPED)), state=State.DISCARDED).first()
    return discarded or load_law(folder=SHIPPED, actor=CALLWARD)


def current_release() -> LawRelease:
    """The release in effect: of those published, the one with the highest number. Raises LawRefused without any."""
    release = LawRelease.objects.published().first()
    if release is None:
        raise LawRefused("No law release is in effect. Run `manage.py load_law`.")
    return release


def release_at(moment: datetime) -> LawRelease:
    """The release that was in effect at a moment. Raises LawRefused: none was yet."""
    release = LawRelease.objects.known_at(moment).first()
    if release is None:
        raise LawRefused(f"No law release was known at {moment.isoformat()}. Ask for a later moment.")
    return release


@transaction.atomic
def load_law(*, folder: Path, actor: Actor, publish: bool = False) -> LawRelease:
    """Load the files of a folder as a candidate for the next release; the first of all is published with it.

    What was loaded already, and either is in effect or waits upon the release in effect, is left as it is. Overrides
    that officers approved stand in the new release too. `publish`: by whoever owns the machine, with a command.
    Raises LawRefused with file, line and column of every wrong cell and failing example; nothing of it is loaded then.
    """
    texts = _texts(folder)
    reviewed_on = _reviewed_on(folder)
    one_at_a_time()
    base = LawRelease.objects.published().first()
    release = _loaded_before(_digest(texts), base)
    if release is None:
        register, displaced = _carrying_overrides(_checked(texts))
        release = _store_candidate(
            register,
            base=base,
            content_digest=_digest(texts),
            reviewed_on=reviewed_on,
            actor=actor,
            displaced=displaced,
        )
    if release.state == State.CANDIDATE and (publish or base is None):
        release = put_in_effect(release, actor=actor)
    return release


def difference(old: LawRelease, new: LawRelease) -> list[RuleChange]:
    """What the new one adds, removes and changes, rule by rule, column by column."""
    return rule_changes(rows_of(old), rows_of(new))


def one_at_a_time() -> None:
    """Whoever loads or publishes comes after whoever does already, until the end of its transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])


def put_in_effect(release: LawRelease, *, actor: Actor, approval: Mapping[str, Any] | None = None) -> LawRelease:
    """Publish a candidate now. For callers that hold `one_at_a_time` and asked who may."""
    release = candidate_of(release)
    newest = LawRelease.objects.published().first()
    if release.based_on_id != (newest.pk if newest else None):
        raise ReleaseNotMovable(
            f"It was compared with release {release.based_on_id}, and release {newest.pk if newest else 0} is in effect"
            " by now. Load it again."
        )
    release.state = State.PUBLISHED
    release.known_from = timezone.now()
    release.published_by = actor if isinstance(actor, User) else None
    release.approval = dict(approval or {})
    release.save(update_fields=["state", "known_from", "published_by", "approval"])
    trail.append("law.published", actor=actor, subject=release, number=release.number, digest=release.digest)
    return release


def derive_release(
    register: Register, *, override: LawOverride, actor: Actor, displaced: Mapping[str, Any]
) -> LawRelease:
    """Store the candidate that an override makes of the release in effect. The caller holds `one_at_a_time`."""
    base = current_release()
    return _store_candidate(
        register,
        base=base,
        content_digest=base.content_digest,
        reviewed_on=base.reviewed_on,
        actor=actor,
        override=override,
        displaced=displaced,
    )


def _loaded_before(content_digest: str, base: LawRelease | None) -> LawRelease | None:
    """The release of these very files that is in effect, with or without overrides, or a candidate upon it."""
    if base is None:
        return None
    if base.content_digest == content_digest or (not base.content_digest and base.digest == content_digest):
        return base
    return LawRelease.objects.candidates().filter(content_digest=content_digest, based_on=base, override=None).first()


def _store_candidate(
    register: Register,
    *,
    base: LawRelease | None,
    content_digest: str,
    reviewed_on: date,
    actor: Actor,
    override: LawOverride | None = None,
    displaced: Mapping[str, Any],
) -> LawRelease:
    number = (LawRelease.objects.order_by("-number").values_list("number", flat=True).first() or 0) + 1
    release = LawRelease.objects.create(
        number=number,
        digest=_digest(written(register), str(number)) if base else content_digest,
        content_digest=content_digest,
        kind=LawRelease.Kind.OVERRIDE if override else LawRelease.Kind.SHIPPED,
        based_on=base,
        override=override,
        displaced=dict(displaced),
        reviewed_on=reviewed_on,
        loaded_at=timezone.now(),
    )
    store(release, register, base)
    trail.append("law.loaded", actor=actor, subject=release, number=number, digest=release.digest)
    return release


def _carrying_overrides(register: Register) -> tuple[Register, dict[str, Any]]:
    """The loaded rows under every override, each for its days, and what each displaced.

    Raises LawRefused: one of them cannot stand on these rows.
    """
    displaced = {}
    for override in LawOverride.objects.filter(state__in=["approved", "ended"]).order_by("decided_at"):
        try:
            register, gone = overridden_and_displaced(register, override.as_rule_override())
        except OverrideRefused as error:
            raise LawRefused(f"The override of {override.code} cannot stand on these rows: {error}") from error
        begins, ends = override.effective_from, override.counts_until
        wrong = checked(register) or wrong_examples(register, begins, ends, rule=override.code)
        refuse_wrong(wrong, f"With the override of {override.code} it")
        displaced[str(override.pk)] = gone.as_json()
    return register, displaced


def candidate_of(release: LawRelease) -> LawRelease:
    current = LawRelease.objects.get(pk=release.pk)
    if current.state != State.CANDIDATE:
        raise ReleaseNotMovable(f"Release {current.number} is {current.state} already. Reload the page.")
    return current


def _digest(texts: Mapping[str, str], *more: str) -> str:
    return hashlib.sha256(
        b"\x00".join(text.encode() for text in (*(texts[file] for file in COLUMNS), *more))
    ).hexdigest()


def _texts(folder: Path) -> dict[str, str]:
    texts = {}
    for file in COLUMNS:
        try:
            with (folder / file).open(encoding="utf-8", newline="") as opened:
                texts[file] = opened.read()
        except OSError as error:
            raise LawRefused(f"{file} cannot be read in {folder}: {error.strerror}.") from error
        except UnicodeDecodeError as error:
            raise LawRefused(f"{file}, {_where(folder / file, error.start)}: it is not UTF-8.") from error
    return texts


def _where(path: Path, offset: int) -> str:
    before = path.read_bytes()[:offset]
    lines, last = before.count(b"\n"), before.rfind(b"\n")
    return f"line {lines + 1}, column byte {offset - last}"


def _reviewed_on(folder: Path) -> date:
    try:
        return date.fromisoformat(json.loads((folder / ABOUT).read_text(encoding="utf-8"))["reviewed_on"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LawRefused(f'{ABOUT} has to say when the rows were reviewed: {{"reviewed_on": "2026-11-24"}}.') from error


def _checked(texts: Mapping[str, str]) -> Register:
    register, wrong = register_of(texts)
    refuse_wrong(wrong)
    refuse_wrong(wrong_examples(register))
    return register


def refuse_wrong(wrong: list[WrongCell], why: str = "") -> None:
    """Raises LawRefused with every wrong cell, if there is one."""
    if wrong:
        shown = "\n".join(str(cell) for cell in wrong[:SHOWN_PROBLEMS])
        fields = [{"pointer": f"{cell.file}:{cell.line}:{cell.column}", "detail": cell.detail} for cell in wrong]
        raise LawRefused(f"{why or 'The release'} has {len(wrong)} wrong cells; nothing was loaded.\n{shown}", fields)
