"""Access codes that can be read out to a room: made at random, typed on a phone, compared without telling anything.

How often a wrong code may be given: by one address, and by all of them together.
"""

import hmac
import re
import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

# Words that nobody confuses when they are called out; each is 7 bits.
_LIST = """
acorn amber anchor apple arrow autumn badge bagel bamboo banjo basil beacon birch bison bottle breeze bridge
bronze bucket butter cabin cactus camel candle canoe carrot castle cedar cherry cloud clover cobalt cocoa comet
copper coral cotton cricket crystal dancer desert dolphin donkey dragon eagle ember engine falcon feather fennel
fiddle finch flame flute forest fossil galaxy garden garlic gecko ginger glacier granite guitar hammer harbor
hazel heron honey igloo island ivory jacket jaguar jasmine kettle kitten ladder lagoon lantern lemon lilac
lizard lobster magnet mango maple marble meadow melon mirror mitten muffin nectar nickel nutmeg ocean olive
onion orbit orchid otter oyster paddle panda paper parrot pebble pepper pigeon pillow planet pocket pollen
pumpkin quartz rabbit radish raven ribbon river rocket saddle salmon sunset walnut
"""
WORDS = tuple(_LIST.split())
SHORTEST = 6  # letters of a code that is given by hand


def new_code(words: int = 2) -> str:
    """ "maple-otter-482": with two words 14.3 million ones, with three 1.8 billion."""
    return "-".join([*(secrets.choice(WORDS) for _ in range(words)), str(100 + secrets.randbelow(900))])


def tidy(code: str) -> str:
    """As compared: a phone writes the first letter large, and a blank behind the last word."""
    return re.sub(r"[\s\-_]+", "-", code.strip().casefold()).strip("-")


def is_same(given: str, code: str) -> bool:
    """In a time that does not depend on where they differ."""
    return hmac.compare_digest(tidy(given).encode(), tidy(code).encode())


EACH, TOGETHER, WITHIN = 10, 120, 300.0  # wrong codes, wrong codes, seconds


@dataclass(slots=True)
class Tries:
    """The wrong ones of the last minutes; never more than `together`, so that it stays small.

    With these bounds one of 14.3 million codes is found within a day with a chance of 0.24 %.
    """

    each: int = EACH
    together: int = TOGETHER
    within: float = WITHIN
    clock: Callable[[], float] = time.monotonic
    wrong: deque[tuple[float, str]] = field(default_factory=deque)

    def wait(self, address: str) -> float:
        """Seconds until this address may try again; 0 where it may now."""
        now = self.clock()
        while self.wrong and now - self.wrong[0][0] >= self.within:
            self.wrong.popleft()
        own = [when for when, who in self.wrong if who == address]
        full = [own[-self.each]] if len(own) >= self.each else []
        full += [self.wrong[-self.together][0]] if len(self.wrong) >= self.together else []
        return max((self.within - (now - when) for when in full), default=0.0)

    def count(self, address: str) -> None:
        """One more wrong code from there."""
        self.wrong.append((self.clock(), address))
        while len(self.wrong) > self.together:
            self.wrong.popleft()
