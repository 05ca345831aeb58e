"""The Streamlit app: the only package, besides pages, that imports streamlit."""
