"""Colours that people with any colour vision can tell apart, and shapes, so that colour never stands alone."""

# Okabe and Ito, "Color Universal Design" (2008), https://jfly.uni-koeln.de/color/, without black and yellow, which
# vanish on a dark and on a light page; Paul Tol's muted scheme, https://personal.sron.nl/~pault/, for the rest.
COLOURS = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#999933", "#882255", "#44AA99", "#AA4499",
)  # fmt: skip
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "pentagon", "hexagon", "triangle-down")

BLUE, ORANGE, GREEN, GREY = COLOURS[0], COLOURS[1], COLOURS[2], "#888888"


def class_colour(label: int) -> str:
    """The colour of a class."""
    return COLOURS[label % len(COLOURS)]


def class_symbol(label: int) -> str:
    """The marker of a class; with more than ten classes, a colour comes back with another marker."""
    return SYMBOLS[(label + label // len(COLOURS)) % len(SYMBOLS)]
