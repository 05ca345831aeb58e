"""Two dancers on one stage with one clock, and what connects them.

Recordings are paired in `pairing`, parts of the body are in `body_parts`, and connections by rule in `rules`.
"""
