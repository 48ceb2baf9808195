"""What a probe set looks like: in pictures, for a map's hints, and as a gallery shows it, where texts are read."""

import hashlib
from collections.abc import Sequence
from typing import Final

import streamlit as st

from playground.records import Probe
from playground.ui.cards import SIDE, cards_of
from playground.ui.gallery import IMAGES, VIEWS, NamedSheets, Sheet
from playground.ui.thumbnails import MOST_SHEETS, Thumbnails, make_thumbnails, thumbnails_of

ITSELF: Final = "itself, under other dropout"  # the positive of a sentence that has no other


def pictures_of(probe: Probe) -> Thumbnails:
    """The images; of texts, what they say."""
    if not probe.texts:
        return thumbnails_of(probe.images)
    return _cards(hashlib.sha256("\0".join(probe.texts).encode("utf-8", "surrogatepass")).hexdigest(), probe.texts)


@st.cache_resource(show_spinner=False, max_entries=MOST_SHEETS)
def _cards(digest: str, _texts: Sequence[str]) -> Thumbnails:
    """Drawn once for everybody who looks at these texts: a thousand take three seconds."""
    return make_thumbnails(cards_of(_texts), SIDE)


def sheets_of(probe: Probe) -> NamedSheets:
    """The images and their positives, each as pictures or as texts."""
    return {IMAGES: probe.texts or thumbnails_of(probe.images), VIEWS: _positives(probe)}


def _positives(probe: Probe) -> Sheet:
    if not probe.view_texts:
        return thumbnails_of(probe.views)
    if not probe.texts:
        return probe.view_texts
    return [ITSELF if view == text else view for text, view in zip(probe.texts, probe.view_texts, strict=True)]
