"""The front door: page config, navigation, and the routes by which browsers get Plotly.js and thumbnails."""

import streamlit as st

from playground.ui import assets


def main() -> None:
    """What `streamlit run app.py` shows."""
    st.set_page_config(page_title="Contrastive Playground", page_icon="🧲", layout="wide")
    st.html(assets.STYLE_FILE)
    pages = [
        st.Page("pages/train.py", title="Train", icon="🏋️"),
        st.Page("pages/lab.py", title="Collapse lab", icon="🧪"),
    ]
    st.navigation(pages, position="top").run()


# Streamlit imports this file once for the routes, and runs it as a script for every session.
if __name__ == "__main__":
    main()
else:
    app = st.App(__file__, routes=assets.routes())
