"""What can happen in this room, in words."""

from trail import verbs

ANSWERS = {"": "left open", "yes": "yes", "no": "no", "unknown": "cannot tell", "na": "does not apply"}
OF_PLAN = {
    "due working days": "time for a review",
    "is active": "whether it draws",
    "period days": "how often it draws",
    "size": "how many calls",
    "per": "what its calls are counted for",
}


def question(key: object) -> str:
    """`retention_period_notice` → `retention period`."""
    return verbs.plain(str(key).removesuffix("_notice"))


def changed(names: object) -> str:
    """`is active, size` → `whether it draws, how many calls`."""
    return ", ".join(OF_PLAN.get(name) or verbs.plain(name) for name in str(names).split(", "))


verbs.register(
    {
        "form.published": "Form version {number} published",
        "plan.created": "Plan created: {size} calls every {period_days} days",
        "plan.changed": "Plan changed: {changed}",
        "plan.postponed": "Nothing to draw from; the next draw covers this period too",
        "sample.framed": "Frame of {frame_size} calls committed with its digest",
        "sample.drawn": "Seed made, {drawn} calls drawn",
        "assignment.given": "Given to a reviewer, place {position} in the draw",
        "assignment.overdue": "Became overdue",
        "assignment.replaced": "Replaced by the next in the draw: {reason}",
        "assignment.reassigned": "Given to another reviewer",
        "review.started": "Review started with {questions} questions",
        "answer.saved": "Answer saved: {question}, {value}",
        "moment.marked": "Moment marked at {at_seconds} s",
        "moment.unmarked": "Mark removed at {at_seconds} s",
        "review.submitted": "Review submitted: {arithmetic}",
        "review.reopened": "Submission undone",
        "finding.opened": "Finding opened: {question}",
        "finding.withdrawn": "Finding withdrawn with the submission",
        "finding.closed": "Finding closed",
    },
    words={
        "changed": changed,
        "question": question,
        "value": verbs.one_of(ANSWERS),
        "reason": verbs.one_of({"destroyed": "its call was destroyed", "quarantined": "its call is in quarantine"}),
    },
)
