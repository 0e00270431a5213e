"""`rate`: the calls of one tool start evenly spaced, over all rows, branches and retries of a call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf

from ..core.plans.plan import Target
from .scheduler import Scheduler
from .slots import PrioritySlots


@dataclass(slots=True)
class _Lane:
    """One tool: whose turn it is to start a call of it, and from when on."""

    turn: PrioritySlots = field(default_factory=lambda: PrioritySlots(1))
    opens_at: float = -inf


class Pacer:
    """Lets `rate` calls of one tool (with one credential) start per second.

    Whoever starts a call takes a turn first. It holds the turn until its request is sent, so that the next one waits
    from that moment, however long the request waited for a slot.
    """

    def __init__(self, scheduler: Scheduler, rate: float) -> None:
        self._scheduler = scheduler
        self._interval_s = 1 / rate
        self._lanes: dict[Target, _Lane] = {}

    def earliest(self, target: Target) -> float:
        """The time before which no call of the tool starts."""
        lane = self._lanes.get(target)
        return lane.opens_at if lane else -inf

    async def take_turn(self, target: Target, order: int) -> Callable[[float | None], None]:
        """Wait for the turn; the function returned ends it, with the time of the request (None: none was sent)."""
        lane = self._lanes.setdefault(target, _Lane())
        await lane.turn.acquire(order)
        try:
            await self._scheduler.sleep_until(lane.opens_at)
        except BaseException:
            lane.turn.release()
            raise

        def end(sent_at: float | None) -> None:
            if sent_at is not None:
                lane.opens_at = sent_at + self._interval_s
            lane.turn.release()

        return end
