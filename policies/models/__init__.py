from policies.models.decisions import Answer, Decision, DecisionOutcome
from policies.models.impact import ImpactChange, ImpactReport
from policies.models.overrides import LawOverride, RuleFlag
from policies.models.policies import Policy, PolicyVersion
from policies.models.register import (
    AreaCode,
    DisclosureRequirement,
    ExampleCall,
    Jurisdiction,
    LawRelease,
    RetentionRule,
)

__all__ = [
    "Answer",
    "AreaCode",
    "Decision",
    "DecisionOutcome",
    "DisclosureRequirement",
    "ExampleCall",
    "ImpactChange",
    "ImpactReport",
    "Jurisdiction",
    "LawOverride",
    "LawRelease",
    "Policy",
    "PolicyVersion",
    "RetentionRule",
    "RuleFlag",
]
