"""A process of its own that evaluates rule tables, so that the rules engine can never hurt a gateway.

`RulesWorker` is the gateway's side, `child` the process, `frames` what goes between them.
"""

from gateway.worker.failures import EngineFailed
from gateway.worker.supervisor import Limits, RulesWorker

__all__ = ["EngineFailed", "Limits", "RulesWorker"]
