"""Which parts a body has, and which markers carry them, from its landmarks."""

from dataclasses import dataclass
from math import radians, sqrt

from mariel.motion.landmarks import SIDES, Landmarks
from mariel.motion.marker_set import MarkerSet
from mariel.stage.body import proportions
from mariel.stage.body.geometry import Axis, BodyPoints, Vector

HEAD_BAND_PITCH = radians(-33)
"""The band of four markers around a head rises towards the front: by 24 to 42 degrees on twelve recorded people."""

WAIST_PITCH = radians(15)
"""The front markers of the waist, at the iliac spines, are lower than those at the back."""

WAIST_HEIGHT = 0.59
"""Height of the waist markers above the floor, body heights."""

BESIDE_THE_KNEE, BESIDE_THE_ANKLE = 0.028, 0.018
"""From one marker on the outside of a joint to its centre, body heights."""

BEHIND_THE_ANKLE, BEFORE_THE_TOE, ABOVE_THE_TOE = 0.026, 0.010, 0.006
"""Of the ends of a foot's axis, whose heel has no marker, body heights."""

SHORTEST_HEAD_BONE = 0.03
"""Of files with ends of bones, which may coincide with the joint, body heights."""

_LIMB_PAIRS = ("elbow", "knee", "head_front", "head_back")
"""Landmarks that tell left from right where there are neither shoulders nor hips."""


@dataclass(frozen=True)
class Part:
    """A part between two joints, whose width lies along the left of a frame.

    Args:
        name: of its shape in `proportions.SHAPES`.
        side: L, R or M.
        start: number of its first joint.
        stop: of its last.
        frame: number of the frame.
    """

    name: str
    side: str
    start: int
    stop: int
    frame: int


@dataclass(frozen=True)
class HeadSize:
    """Where a head's markers are on it, body heights.

    Args:
        top: height of the marker on top above the mean of the band around the head; 0 if there is none.
        above_neck: distance from the base of the neck to the mean of the head's markers.
        bone: length of the bone from the joint of the head to its end; 0 if there is none.
        lean: how far in front of the neck a joint of the head usually is, radians from the line of the trunk.
    """

    top: float = 0.0
    above_neck: float = 0.0
    bone: float = 0.0
    lean: float = 0.0


@dataclass(frozen=True)
class FootSize:
    """A foot whose heel has no marker, where it is flat on the floor, body heights.

    Args:
        ankle_height: of the ankle above the toe.
        length: from the ankle to the toe.
    """

    ankle_height: float = 0.022
    length: float = 0.13


class Body:
    """Joints and parts of a whole body.

    Args:
        marker_set: the dancer's.
        landmarks: see `find_landmarks`; `has_trunk` says whether they are enough.
        head: measured sizes.
        foot: the same.
    """

    def __init__(
        self, marker_set: MarkerSet, landmarks: Landmarks, head: HeadSize | None = None, foot: FootSize | None = None
    ) -> None:
        self.marker_set = marker_set
        self.landmarks = landmarks
        self.head = head or HeadSize()
        self.foot = foot or FootSize()
        self.points = BodyPoints()
        self.parts: list[Part] = []
        self.joints: dict[str, int] = {}
        self.chest = self._add_chest()
        self.pelvis = self._add_pelvis()
        self._add_head()
        for side, letter in SIDES:
            self._add_arm(side, letter)
            self._add_leg(side, letter)

    def has(self, *names: str) -> bool:
        """Whether all of these landmarks are known."""
        return all(name in self.landmarks for name in names)

    def has_pair(self, name: str) -> bool:
        """Whether a landmark is known of both sides."""
        return self.has(f"left_{name}", f"right_{name}")

    def mean(self, *names: str) -> int:
        """Number of the mean of the markers of some landmarks."""
        labels = [label for name in names for label in self.landmarks[name]]
        return self.points.mean(tuple(self.marker_set.indices(labels)))

    def _joint(self, name: str, mean: int, frame: int = -1, offset: Vector = (0.0, 0.0, 0.0)) -> int:
        self.joints[name] = self.points.joint(mean, frame, offset)
        return self.joints[name]

    def _part(self, name: str, side: str, start: str, stop: str, frame: int) -> None:
        self.parts.append(Part(name, side, self.joints[start], self.joints[stop], frame))

    def _leftwards(self, *names: str) -> Axis:
        """The line from right to left through the means of some landmarks."""
        right, left = (self.mean(*(f"{side}_{name}" for name in names)) for side in ("right", "left"))
        return ("left", right, left)

    @property
    def _waist(self) -> tuple[str, ...]:
        return WAIST if self.has(*WAIST) else ()

    @property
    def _trunk_pair(self) -> Axis:
        for name in ("shoulder", "hip"):
            if self.has_pair(name):
                return self._leftwards(name)
        return self._leftwards(*(name for name in _LIMB_PAIRS if self.has_pair(name)))

    def _add_chest(self) -> int:
        """The base of the neck and the middle of the chest; returns the frame that turns with them."""
        neck = self.mean("neck") if self.has("neck") else self.mean("left_shoulder", "right_shoulder")
        self._joint("neck", neck)
        hips = self.hips
        below = self.mean("chest") if self.has("chest") else hips
        if below not in (neck, hips):
            self._joint("chest", below)
        across = self._trunk_pair
        if self.has("chest_front", "chest_back"):
            across = ("forward", self.mean("chest_back"), self.mean("chest_front"))
        return self.points.frame(("up", below if below != neck else hips, neck), across)

    @property
    def hips(self) -> int:
        """Number of the mean that the pelvis hangs from."""
        if self._waist:
            return self.mean(*self._waist)
        if self.has_pair("hip"):
            return self.mean("left_hip", "right_hip")
        return self.mean("pelvis" if self.has("pelvis") else "chest")

    def _add_pelvis(self) -> int:
        """The middle between the hip joints; returns the frame that turns with the pelvis."""
        if self._waist:
            back, front = (self.mean(f"left_waist_{end}", f"right_waist_{end}") for end in ("back", "front"))
            left = self._leftwards("waist_front", "waist_back")
            frame = self.points.frame(left, ("forward", back, front), pitch=WAIST_PITCH)
            self._joint("pelvis", self.hips, frame, (0.0, 0.0, proportions.HIP_HEIGHT - WAIST_HEIGHT))
            return frame
        if not self.has_pair("hip") and not self.has("pelvis"):
            self._joint("pelvis", self.hips, self.chest, proportions.STERNUM_TO_HIPS)
            return self.chest
        above = self.points.joints[self.joints.get("chest", self.joints["neck"])].mean
        self._joint("pelvis", self.hips)
        across = self._leftwards("hip") if self.has_pair("hip") else self._trunk_pair
        return self.points.frame(across, ("up", self.hips, above))

    def _add_head(self) -> None:
        """An egg of a head's size, wherever its markers are on it, with a nose, and the neck."""
        half = proportions.HEAD_HEIGHT / 2
        neck = self.points.joints[self.joints["neck"]].mean
        if self.has_pair("head_front") and self.has_pair("head_back"):
            mean = self.mean(*(f"{side}_head_{end}" for side, _ in SIDES for end in ("front", "back")))
            back, front = (self.mean(f"left_head_{end}", f"right_head_{end}") for end in ("back", "front"))
            left = self._leftwards("head_front", "head_back")
            frame = self.points.frame(left, ("forward", back, front), pitch=HEAD_BAND_PITCH)
            height = self.head.top - proportions.ABOVE_THE_CROWN - half if self.head.top else -0.01
        elif self.has("head_top") or self.has("head"):
            mean = self.mean("head_top" if self.has("head_top") else "head")
            # A joint of the head is in front of the neck, or close to it: its bone tells better where the head looks.
            # Without one, dancers are taken to look straight ahead usually.
            bone = self.has("head", "head_end") and self.head.bone > SHORTEST_HEAD_BONE
            upright: Axis = ("up", self.mean("head"), self.mean("head_end")) if bone else ("up", neck, mean)
            lean = 0.0 if bone or self.has("head_top") else self.head.lean
            frame = self.points.frame(upright, self._trunk_pair, pitch=lean)
            # A joint called head may be at the skull's base or at its top.
            height = proportions.HEAD_CENTRE - proportions.NECK_HEIGHT - self.head.above_neck
            height = -half - proportions.ABOVE_THE_CROWN if self.has("head_top") else height
        else:
            return
        self._joint("head", mean, frame, (0.0, 0.0, height))
        self._joint("chin", mean, frame, (0.0, 0.0, height - half))
        self._joint("crown", mean, frame, (0.0, 0.0, height + half))
        self._joint("nose_root", mean, frame, (0.0, 0.046, height + 0.010))
        self._joint("nose_tip", mean, frame, (0.0, 0.062, height - 0.016))
        self._part("neck", "M", "neck", "head", self.chest)
        self._part("head", "M", "chin", "crown", frame)
        self._part("nose", "M", "nose_root", "nose_tip", frame)

    def _add_arm(self, side: str, letter: str) -> None:
        shoulder, elbow, wrist, hand = (f"{side}_{name}" for name in ("shoulder", "elbow", "wrist", "hand"))
        if not self.has(shoulder):
            across, forward, up = proportions.STERNUM_TO_SHOULDER
            offset = (across if side == "left" else -across, forward, up)
            self._joint(shoulder, self.points.joints[self.joints["neck"]].mean, self.chest, offset)
        elif len(self.landmarks[shoulder]) == 1 and self._waist:  # a marker on the skin
            self._joint(shoulder, self.mean(shoulder), self.chest, (0.0, -0.01, -0.02))
        else:
            self._joint(shoulder, self.mean(shoulder))
        self._part("shoulder", "M", "neck", shoulder, self.chest)
        above = shoulder
        if self.has(elbow):
            self._joint(elbow, self.mean(elbow))
            self._part("upper_arm", letter, shoulder, elbow, self.chest)
            above = elbow
        end = wrist if self.has(wrist) else hand
        if not self.has(end):
            return
        self._joint(wrist, self.mean(end))
        self._part("forearm" if above == elbow else "arm", letter, above, wrist, self.chest)
        self._add_hand(side, letter, end, above)

    def _add_hand(self, side: str, letter: str, wrist: str, above: str) -> None:
        """From the wrist to where the hand's markers are, or else on along the arm."""
        hand, thumb = f"{side}_hand", f"{side}_thumb"
        inner, outer = f"{side}_wrist_inner", f"{side}_wrist_outer"
        ahead = self.has(hand) and hand != wrist
        if not ahead and not self.has(above):
            return
        line: Axis = (
            "forward",
            *((self.mean(wrist), self.mean(hand)) if ahead else (self.mean(above), self.mean(wrist))),
        )
        if self.has(inner, outer):
            across: Axis = ("left", self.mean(outer), self.mean(inner))
        elif self.has(thumb) and ahead:
            across = ("left", self.mean(wrist), self.mean(thumb))
        else:
            across = self._trunk_pair
        frame = self.points.frame(line, across)
        self._joint(f"{side}_fingers", self.mean(wrist), frame, (0.0, proportions.HAND_LENGTH, 0.0))
        self._part("hand", letter, f"{side}_wrist", f"{side}_fingers", frame)

    def _add_leg(self, side: str, letter: str) -> None:
        outward = 1.0 if side == "left" else -1.0
        hip, knee, ankle, heel, toe = (f"{side}_{name}" for name in ("hip", "knee", "ankle", "heel", "toe"))
        if self.has_pair("hip"):
            self._joint(hip, self.mean(hip))
        else:
            pelvis = self.points.joints[self.joints["pelvis"]]
            beside = (outward * proportions.HIP_HALF_SPACING, *pelvis.offset[1:])
            self._joint(hip, pelvis.mean, self.pelvis, beside)
        ends = (ankle, heel, f"{side}_foot", toe, f"{side}_toe_outer")
        end = next((name for name in ends if self.has(name)), None)
        shank = foot = -1
        if end and self.has(knee, toe) and end != toe:
            back = heel if self.has(heel) else end
            forward: Axis = ("forward", self.mean(back), self.mean(toe))
            shank = self.points.frame(("up", self.mean(end), self.mean(knee)), forward)
            foot = self._foot_frame(side, forward, ("up", self.mean(back), self.mean(knee)))
        above = hip
        if self.has(knee):
            on_skin = shank >= 0 and self._waist and len(self.landmarks[knee]) == 1
            self._joint(knee, self.mean(knee), shank if on_skin else -1, (-outward * BESIDE_THE_KNEE, 0.0, 0.0))
            self._part("thigh", letter, hip, knee, self.pelvis)
            above = knee
        if end is None:
            return
        offset = (0.0, 0.0, 0.0)
        if end == ankle and self._waist:
            offset = (-outward * BESIDE_THE_ANKLE, 0.0, 0.0)
        elif end == heel:
            offset = (0.0, 0.034, 0.012)
        self._joint(ankle, self.mean(end), foot, offset)
        self._part("shank" if above == knee else "leg", letter, above, ankle, self.pelvis if foot < 0 else foot)
        if foot >= 0:
            self._add_foot(side, letter, foot, end)

    def _foot_frame(self, side: str, forward: Axis, up: Axis) -> int:
        inner, outer = f"{side}_toe_inner", f"{side}_toe_outer"
        if not self.has(inner, outer):
            return self.points.frame(forward, up)
        right, left = (inner, outer) if side == "left" else (outer, inner)
        return self.points.frame(forward, ("left", self.mean(right), self.mean(left)))

    def _add_foot(self, side: str, letter: str, frame: int, ankle: str) -> None:
        """From the heel to the tips of the toes. Markers are on top of the foot, its joints in its middle."""
        heel, toe = f"{side}_heel", f"{side}_toe"
        if self.has(heel):
            self._joint(heel, self.mean(heel), frame, (0.0, 0.008, -0.016))
            self._joint(toe, self.mean(toe), frame, (0.0, 0.008, -0.012))
        else:
            below = self.foot.ankle_height - ABOVE_THE_TOE
            self._joint(heel, self.mean(ankle), frame, self._on_flat_foot(-BEHIND_THE_ANKLE, -below))
            self._joint(toe, self.mean(toe), frame, self._on_flat_foot(BEFORE_THE_TOE, ABOVE_THE_TOE))
        self._part("foot", letter, heel, toe, frame)

    def _on_flat_foot(self, forward: float, up: float) -> Vector:
        """An offset that is forward and up where the foot is flat, in the frame that faces from ankle to toe."""
        sine = self.foot.ankle_height / self.foot.length
        cosine = sqrt(1 - sine * sine)
        return (0.0, cosine * forward - sine * up, sine * forward + cosine * up)


WAIST = ("left_waist_front", "left_waist_back", "right_waist_front", "right_waist_back")


def has_trunk(landmarks: Landmarks) -> bool:
    """Whether landmarks are enough for a whole body: an upper and a lower end of the trunk, and left and right."""

    def pair(name: str) -> bool:
        return f"left_{name}" in landmarks and f"right_{name}" in landmarks

    hips = pair("hip") or "pelvis" in landmarks or all(name in landmarks for name in WAIST)
    spine = "neck" in landmarks and "chest" in landmarks
    sided = pair("shoulder") or pair("hip") or any(pair(name) for name in _LIMB_PAIRS)
    limbs = any(pair(name) for name in ("elbow", "knee", "hand", "foot", "wrist", "ankle"))
    return sided and limbs and (spine or (hips and (pair("shoulder") or "neck" in landmarks)))
