"""The dashboard: a Streamlit app over aecore, which knows nothing of it."""
