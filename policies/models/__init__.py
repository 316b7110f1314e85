from policies.models.decisions import Decision
from policies.models.policies import Policy, PolicyVersion
from policies.models.register import AreaCode, DisclosureRequirement, Jurisdiction, LawRelease, RetentionRule

__all__ = [
    "AreaCode",
    "Decision",
    "DisclosureRequirement",
    "Jurisdiction",
    "LawRelease",
    "Policy",
    "PolicyVersion",
    "RetentionRule",
]
