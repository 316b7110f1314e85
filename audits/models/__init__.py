from audits.models.findings import Finding
from audits.models.forms import EvaluationForm, FormVersion
from audits.models.plans import Assignment, AuditPlan, Per, Sample
from audits.models.reviews import Answer, Mark, Review

__all__ = [
    "Answer",
    "Assignment",
    "AuditPlan",
    "EvaluationForm",
    "Finding",
    "FormVersion",
    "Mark",
    "Per",
    "Review",
    "Sample",
]
