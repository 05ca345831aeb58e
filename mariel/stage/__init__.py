"""Arrays in, pictures out: the 3-D player, figures and exports. Knows motion, nothing of streamlit."""
