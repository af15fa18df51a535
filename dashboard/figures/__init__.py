"""Arrays to Plotly figures, as pure functions. Neither Streamlit nor torch."""
