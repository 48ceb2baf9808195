"""Rate limit of access codes: after some wrong ones the next are looked at slowly, one by one, fair by address.

Nobody is locked out: who gives the right code comes in after some seconds, also where somebody behind the same router
keeps guessing. With these bounds one of 14.3 million codes is found within a day with a chance of 0.24 %, from however
many addresses: 60 wrong codes at once and 60 one by one in every five minutes are 34,560 a day.
"""

import asyncio
import ipaddress
import random
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

EACH, TOGETHER, WITHIN = 10, 60, 300.0  # wrong codes of an address, of all, in so many seconds
PACE = 5.0  # seconds between two codes that are looked at, once there were more wrong ones
MOST_WAITING = 8  # codes of one address that wait for that
PATIENCE = 30.0  # seconds that a code waits


@dataclass(slots=True)
class CodeAttempts:
    """The wrong codes of the last minutes, and the attempts that wait. For one event loop."""

    each: int = EACH
    together: int = TOGETHER
    within: float = WITHIN
    pace: float = PACE
    patience: float = PATIENCE
    clock: Callable[[], float] = time.monotonic
    choose: random.Random = field(default_factory=random.SystemRandom)
    _wrong: deque[tuple[float, str]] = field(default_factory=deque)
    _waiting: dict[str, list["asyncio.Future[None]"]] = field(default_factory=dict)  # by address, the next one first
    _next: float = 0.0  # when the next one that waits may be looked at
    _pacer: "asyncio.Task[None] | None" = None

    async def admit(self, address: str) -> bool:
        """Whether a code from there may be looked at: at once, after a wait, or not now (False)."""
        if not self.is_slowed(address):
            return True
        own = self._waiting.setdefault(address, [])
        if len(own) >= MOST_WAITING:
            return False
        turn = asyncio.get_running_loop().create_future()
        own.append(turn)
        if self._pacer is None or self._pacer.done():
            self._pacer = asyncio.create_task(self._give_turns())
        try:
            await asyncio.wait_for(turn, self.patience)
        except TimeoutError:
            return False
        finally:
            self._forget(address, turn)
        return True

    def count_wrong(self, address: str) -> None:
        """One more wrong code from there."""
        self._wrong.append((self.clock(), address))
        while len(self._wrong) > self.together:
            self._wrong.popleft()

    def is_slowed(self, address: str) -> bool:
        """Whether a code from there has to wait for its turn."""
        now = self.clock()
        while self._wrong and now - self._wrong[0][0] >= self.within:
            self._wrong.popleft()
        own = sum(who == address for _, who in self._wrong)
        return own >= self.each or len(self._wrong) >= self.together

    async def _give_turns(self) -> None:
        """One by one: the addresses in turn, and of an address any, so that a guesser's are not always before."""
        while self._waiting:
            await asyncio.sleep(max(0.0, self._next - self.clock()))
            address = next(iter(self._waiting), None)
            if address is None:
                return
            turns = [turn for turn in self._waiting.pop(address) if not turn.done()]
            if not turns:
                continue
            self._next = self.clock() + self.pace
            turn = self.choose.choice(turns)
            if others := [other for other in turns if other is not turn]:
                self._waiting[address] = others  # behind all other addresses
            turn.set_result(None)

    def _forget(self, address: str, turn: "asyncio.Future[None]") -> None:
        own = self._waiting.get(address, [])
        with suppress(ValueError):
            own.remove(turn)
        if not own:
            self._waiting.pop(address, None)


def address_group(address: str) -> str:
    """What counts as one address: of IPv6 the network of 64 bits, as a single machine has all of its addresses."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if parsed.version == 6:
        mapped = parsed.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((int(parsed), 64), strict=False))
    return str(parsed)
