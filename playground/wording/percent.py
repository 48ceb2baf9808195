"""Shares in words."""


def percent(share: float) -> str:
    """ "0.4 %", "43.2 %"; what is there but rounds to nothing is "<0.1 %"."""
    return "<0.1 %" if 0 < share < 0.0005 else f"{round(100 * share, 1):g} %"
