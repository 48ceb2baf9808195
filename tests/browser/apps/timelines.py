"""A page with a timeline over a run that goes on, for the browser tests. Started by `streamlit run`."""

import time

import streamlit as st

from playground.ui.components import assets
from playground.ui.components.timeline import timeline, timeline_steps

SECONDS_A_STEP = 0.17


def main() -> None:
    paused = st.toggle("Pause")
    slow = st.toggle("Slow server")

    @st.fragment(run_every=None if paused else 0.3)
    def live_part() -> None:
        st.session_state["tick"] = tick = st.session_state.get("tick", -1) + (0 if paused else 1)
        count = 6 if paused else 6 + tick // 2
        steps = [200 * place for place in range(count)]
        chosen = timeline(timeline_steps(steps, [f"{step * SECONDS_A_STEP:.0f} s" for step in steps]), key="run-a")
        drawn = st.session_state.setdefault("drawn", [])
        if slow:
            time.sleep(1.2)  # as long as the panels of a large run take on a busy server
        if not drawn or drawn[-1] != chosen:
            drawn.append(chosen)
        st.text(f"tick={tick}")
        st.text(f"chosen={chosen}")
        st.text(f"drawn={drawn}")
        timeline(timeline_steps([0], ["0 s"]), key="run-b")
        timeline(timeline_steps([]), key="run-c")

    live_part()


if __name__ == "__main__":
    main()
else:
    app = st.App(__file__, routes=assets.asset_routes())
