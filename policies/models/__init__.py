from policies.models.decisions import Decision
from policies.models.impact import ImpactChange, ImpactReport
from policies.models.policies import Policy, PolicyVersion
from policies.models.register import AreaCode, DisclosureRequirement, Jurisdiction, LawRelease, RetentionRule

__all__ = [
    "AreaCode",
    "Decision",
    "DisclosureRequirement",
    "ImpactChange",
    "ImpactReport",
    "Jurisdiction",
    "LawRelease",
    "Policy",
    "PolicyVersion",
    "RetentionRule",
]
