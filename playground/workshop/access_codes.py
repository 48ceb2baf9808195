"""Access codes that can be read out to a room: made at random, typed on a phone, compared in constant time."""

import hmac
import re
import secrets

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
