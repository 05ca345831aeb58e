"""What pages share: pickers, cached loaders, the mounted player. The only folder beside pages that imports streamlit."""
