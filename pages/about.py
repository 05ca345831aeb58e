"""About: credits, works cited and licence."""

from mariel.app.about.about_view import show_credits, show_documents
from mariel.app.shell.layout import open_page
from mariel.app.widgets.heading import page_title

open_page()
page_title("About", "Whose work this is, and under which terms.", share=False)
show_credits()
show_documents()
