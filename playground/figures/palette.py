"""Colours for any colour vision, with marker shapes, so that colour is never the only difference."""

# Okabe and Ito, "Color Universal Design" (2008), https://jfly.uni-koeln.de/color/, without black and yellow, which are
# invisible on a dark or a light page; Paul Tol's muted scheme, https://personal.sron.nl/~pault/, for the rest.
COLOURS = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#999933", "#882255", "#44AA99", "#AA4499",
)  # fmt: skip
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "pentagon", "hexagon", "triangle-down")

BLUE, ORANGE, GREEN, PURPLE, RED, GREY = *COLOURS[:5], "#888888"

# verdict -> name, colour, marker. The page uses the same signs.
VERDICT_MARKS = {
    "healthy": ("✔ healthy", GREEN, "circle"),
    "dimensional": ("▲ dimensional collapse", ORANGE, "triangle-up"),
    "complete": ("✖ complete collapse", RED, "x"),
    "unclear": ("… not yet clear", GREY, "circle-open"),
}

LAYER_LINES = {"h": (BLUE, "solid"), "z": (PURPLE, "dash")}


def class_colour(label: int) -> str:
    """The colour of a class."""
    return COLOURS[label % len(COLOURS)]


def class_symbol(label: int) -> str:
    """The marker of a class; from the eleventh class on, colours repeat with another marker."""
    return SYMBOLS[(label + label // len(COLOURS)) % len(SYMBOLS)]
