"""A synthetic demo dancer: a small choreographer, so that there is a dance to watch before there is data.

`demo_folder()` gives six takes in the raw layout; `perform("pirouette")` one movement by itself. From the inside
out: `body` (proportions, markers), `footing` (feet, balance, height, flight), `notation` (how movements are written),
the movements themselves, `timeline` (movements chained into keyframes), `choreography` (the takes), `takes` (files).
"""

from mariel.motion.demo import allegro, barre, centre, contemporary  # noqa: F401  (they fill MOVEMENTS)
from mariel.motion.demo.choreography import TAKES, choreograph
from mariel.motion.demo.notation import MOVEMENTS, Movement
from mariel.motion.demo.performing import perform
from mariel.motion.demo.takes import demo_folder, is_demo_folder, read_score
from mariel.motion.demo.timeline import Performed

__all__ = [
    "MOVEMENTS",
    "TAKES",
    "Movement",
    "Performed",
    "choreograph",
    "demo_folder",
    "is_demo_folder",
    "perform",
    "read_score",
]
