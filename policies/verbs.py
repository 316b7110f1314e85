"""What can happen in this room, in words."""

from trail import verbs

verbs.register(
    {
        "law.loaded": "Law release {number} loaded",
        "law.published": "Law release {number} published",
        "law.discarded": "Law release {number} laid aside",
        "override.proposed": "Override of {code} proposed",
        "override.approved": "Override of {code} approved, release {number}",
        "override.refused": "Override of {code} refused",
        "override.ended": "Override of {code} ended, release {number}",
        "rule.flagged": "{code} flagged: {kind} on {on}",
        "impact.asked": "What-if asked for: {of}",
        "impact.cancelled": "What-if stopped: {of}",
        "impact.done": "What-if done: {of}; recordings touched: {touched}",
        "impact.failed": "What-if failed: {of}",
        "version.drafted": "Version {number} drafted",
        "version.changed": "Draft of version {number} changed",
        "version.submitted": "Version {number} submitted for review",
        "version.sent_back": "Version {number} sent back",
        "version.published": "Version {number} published",
        "version.retirement_asked": "Retirement of version {number} asked for",
        "version.retirement_refused": "Version {number} stays in force",
        "version.retired": "Version {number} retired",
        "version.confirmed": "Version {number} reviewed, unchanged until {next_review_on}",
    }
)

verbs.register(
    {
        "decision.given": "Decision given: {may_record}",
        "decision.outcome_told": "Told of the call: {announced}, {consent}",
    },
    {
        "may_record": verbs.one_of({"True": "it may be recorded", "False": "it may not be recorded"}),
        "announced": verbs.one_of({"True": "announced", "False": "not announced"}),
        "consent": verbs.one_of({"given": "consent given", "refused": "consent refused", "": "nobody was asked"}),
    },
)
