"""From files to cases: load, check, expand, select. Reads, and does nothing else."""

from conformance.plan.load import Clause, Scenario, Suite, bundled, load, problems, root
from conformance.plan.select import select

__all__ = ["Clause", "Scenario", "Suite", "bundled", "load", "problems", "root", "select"]
