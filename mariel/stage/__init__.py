"""Scenes and charts: the 3-D player and plotly figures, made from arrays. Streamlit is not imported."""
