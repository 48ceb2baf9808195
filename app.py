"""The front door: page config, navigation, and the routes by which browsers get Plotly.js and thumbnails."""

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from playground.ui import assets

PAGES = (
    ("pages/train.py", "Train", "🏋️"),
    ("pages/learn.py", "Learn", "🎓"),
    ("pages/augment.py", "Augmentations", "🎨"),
    ("pages/compare.py", "Compare", "⚖️"),
    ("pages/experiments.py", "Experiments", "📊"),
    ("pages/lab.py", "Collapse lab", "🧪"),
)


def main() -> None:
    """What `streamlit run app.py` shows."""
    st.set_page_config(page_title="Contrastive Playground", page_icon="🧲", layout="wide")
    st.html(assets.STYLE_FILE)
    st.navigation([st.Page(file, title=title, icon=icon) for file, title, icon in PAGES], position="top").run()


# Streamlit imports this file once for the routes, and runs it as a script for every session.
if __name__ == "__main__":
    main()
else:
    # Else a server whose first visitor comes by a link to another page would run that file of pages/ alone: Streamlit
    # learns only from st.navigation that the folder is not a navigation of its own.
    PagesManager.uses_pages_directory = False
    app = st.App(__file__, routes=assets.routes())
