"""The demo's register at work: a reading that counsel confirmed, one that waits for a second officer, a new release.

Counsel, opinions and the other reading of Massachusetts are invented: they show the steps, not the law.
"""

import csv
import hashlib
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from django.utils import timezone

from accounts.models import User
from policies.domain.register.files import EXAMPLES, JURISDICTIONS, READINGS
from policies.models import LawOverride, LawRelease
from policies.services.flags import flag_rules
from policies.services.overrides import approve_override, propose_override
from policies.services.register import SHIPPED, current_release, load_law
from policies.services.touched import needs_report
from trail.domain.actors import CALLWARD

OFFICER, SECOND = "daniel", "mara"
COUNSEL = "Hale & Ostrom, counsel"
CONFIRMED, PROPOSED, REREAD = "US-FL", "US-CFPB-REGF-CALL", "US-MA"
LONGER = "P4Y"
COUNTED_BACK = timedelta(days=120)  # so that it speaks of the calls that the demo holds
CONFIRMED_FOR = timedelta(days=60)  # so that its end is already near enough to be flagged
Row = dict[str, str]


def tell() -> int:
    """Overrides, flags and a candidate, before any call is decided; how many releases there are then. Twice is once."""
    today = timezone.localdate()
    officer, second = (User.objects.get(username=username) for username in (OFFICER, SECOND))
    _confirm(today, officer, second)
    _propose(today, second)
    if not LawRelease.objects.candidates().exists() and current_release().kind != LawRelease.Kind.SHIPPED:
        _load_candidate()
    flag_rules(today=today)
    return LawRelease.objects.count()


def _confirm(today: date, officer: User, second: User) -> None:
    """Counsel has confirmed Florida; a second officer approved it. Where calls are stored it waits for its what-if."""
    known = LawOverride.objects.of_rule(CONFIRMED).first()
    override = known or propose_override(
        table="jurisdiction",
        code=CONFIRMED,
        kind="sign_off",
        changes={
            "confidence": "high",
            "verify_note": "The business-extension definition (934.02(4)), for calls that are not sales.",
        },
        reason="our counsel looked at the sales calls of Home cover and confirms the reading",
        opinion_by=COUNSEL,
        document_sha256=_hash("Florida"),
        effective_from=today,
        expires_on=today + CONFIRMED_FOR,
        actor=officer,
    )
    if override.state == LawOverride.State.PROPOSED and not needs_report():
        approve_override(override=override, actor=second)


def _propose(today: date, author: User) -> None:
    """Calls of debt collectors a year longer, those of the last months too. An officer has something to decide."""
    if LawOverride.objects.of_rule(PROPOSED).exists():
        return
    begins = today - COUNTED_BACK
    propose_override(
        table="retention",
        code=PROPOSED,
        changes={"min_period": LONGER},
        examples=[_longer(row) for row in _rows(SHIPPED / EXAMPLES) if _is_within(row, begins)],
        reason="a suit may be served after the third year; our counsel would keep the calls for a fourth",
        opinion_by=COUNSEL,
        document_sha256=_hash("Regulation F"),
        effective_from=begins,
        expires_on=today + timedelta(days=365),
        actor=author,
    )


def _load_candidate() -> None:
    """A release that reads Massachusetts by its words: loaded, compared, waiting for an officer and the what-if."""
    with TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(SHIPPED, Path(folder) / "release"))
        _change(copy / JURISDICTIONS, lambda row: row | {"telephone_rule": "all_party"}, code=REREAD)
        _change(copy / READINGS, _by_its_words, code=REREAD)
        _change(copy / EXAMPLES, _stricter, rule=REREAD)
        load_law(folder=copy, actor=CALLWARD)


def _by_its_words(row: Row) -> Row:
    return row | {"reading": {"best": "other", "cautious": "best"}[row["reading"]]}


def _stricter(row: Row) -> Row:
    """An example call on the phone, as it comes out where all parties have to agree."""
    if "in_person" in row["call"]:
        return row
    expects = dict(claim.partition("=")[::2] for claim in row["expects"].split(";"))
    expects |= {"standard": "all_party", "form": "implied_by_notice", "told": "everybody"}
    if "says" in expects:  # on the phone, in person, if careful, the form
        _, in_person, careful, _ = expects["says"].split("/")
        expects["says"] = f"all_party/{in_person}/{careful}/implied_by_notice"
    return row | {"expects": ";".join(f"{name}={value}" for name, value in expects.items())}


def _is_within(row: Row, begins: date) -> bool:
    """Whether the example is of the rule, with its period, on a day on which the override counts."""
    return row["rule"] == PROPOSED and "minimum=P3Y" in row["expects"] and row["day"] >= begins.isoformat()


def _longer(row: Row) -> Row:
    """An example call as it comes out under the override."""
    own = {name: text for name, text in row.items() if name != "rule"}
    return own | {"expects": row["expects"].replace("minimum=P3Y", f"minimum={LONGER}")}


def _change(file: Path, change: Callable[[Row], Row], **where: str) -> None:
    rows = [change(row) if where.items() <= row.items() else row for row in _rows(file)]
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def _rows(file: Path) -> list[Row]:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _hash(of: str) -> str:
    """The digest of an opinion that nobody wrote."""
    return hashlib.sha256(f"{COUNSEL}: {of}".encode()).hexdigest()
