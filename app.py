"""The front door: page config, navigation, who may come in, and the routes to Plotly.js and thumbnails."""

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from playground.ui.components import assets
from playground.ui.session.current_user import begin, who_line
from playground.ui.session.gate_setup import door
from playground.ui.session.startup import before_visitors

PAGES = (
    ("pages/train.py", "Train", "🏋️"),
    ("pages/learn.py", "Learn", "🎓"),
    ("pages/augment.py", "Augmentations", "🎨"),
    ("pages/compare.py", "Compare", "⚖️"),
    ("pages/experiments.py", "Experiments", "📊"),
    ("pages/lab.py", "Collapse lab", "🧪"),
    ("pages/runs.py", "Runs", "🗂️"),
)
BOARD = ("pages/board.py", "Board", "👥")  # of a workshop, for its presenter
WITH_SIDEBAR = "Train"  # there who one is stands at the sidebar's foot, as the page's own is far below


def main() -> None:
    """What `streamlit run app.py` shows."""
    st.set_page_config(page_title="Contrastive Playground", page_icon="🧲", layout="wide")
    st.html(assets.STYLE_FILE)
    person = begin()
    listed = [*PAGES, BOARD] if person.presenter else PAGES
    page = st.navigation([st.Page(file, title=title, icon=icon) for file, title, icon in listed], position="top")
    page.run()
    with st.sidebar if page.title == WITH_SIDEBAR else st.container():
        who_line(person)


# Streamlit imports this file once for the routes, and runs it as a script for every session.
if __name__ == "__main__":
    main()
else:
    # Else a server whose first visitor comes by a link to another page would run that file of pages/ alone: Streamlit
    # learns only from st.navigation that the folder is not a navigation of its own.
    PagesManager.uses_pages_directory = False
    app = st.App(__file__, routes=assets.asset_routes(), middleware=[door()], lifespan=before_visitors)
