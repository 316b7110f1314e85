"""What has to hold in this room, invariant by invariant. What does not is told, not mended."""

from recordings.services.reconcile import arriving, dating, ending, holding, keeping, storing, telling
from trail.invariants import Problem, reconcile

__all__ = ["Problem", "arriving", "dating", "ending", "holding", "keeping", "reconcile", "storing", "telling"]
