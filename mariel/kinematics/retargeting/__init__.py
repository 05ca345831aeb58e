"""Retargeting: a dance of one marker set, given the markers of another on the dancer's own proportions."""
