"""Many people on one server: who they are, how they come in, and what a workshop allows. Knows nothing of Streamlit."""
