"""Saving a dance: the Download control of a stage, how films are drawn, and the tray of what is made."""
