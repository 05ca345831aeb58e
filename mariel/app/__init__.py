"""What pages share: pickers, cached loaders, the player. Only this folder and pages import streamlit."""
