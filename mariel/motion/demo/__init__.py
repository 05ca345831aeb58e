"""The synthetic demo dancer: generated takes, for use without recordings.

`demo_folder()` returns a folder of six takes in the raw layout; `perform_movement("pirouette")` one movement alone.
Modules, from the lowest up: `rotations`; `keyframe_curves`; `skeleton` (proportions, marker offsets, segments);
`inverse_kinematics` (feet, balance, height, flight); `notation` (how movements are written); `barre`, `centre`,
`allegro`, `contemporary` (the movements); `timeline` (movements chained into keyframes); `choreography` (the takes);
`takes` (files).
"""

from mariel.motion.demo import allegro, barre, centre, contemporary  # noqa: F401  (they register their movements)
from mariel.motion.demo.choreography import TAKES, choreograph
from mariel.motion.demo.notation import MOVEMENTS, Movement
from mariel.motion.demo.single_movement import perform_movement
from mariel.motion.demo.takes import demo_folder, is_demo_folder, read_score
from mariel.motion.demo.timeline import ScoreEntry

__all__ = [
    "MOVEMENTS",
    "TAKES",
    "Movement",
    "ScoreEntry",
    "choreograph",
    "demo_folder",
    "is_demo_folder",
    "perform_movement",
    "read_score",
]
