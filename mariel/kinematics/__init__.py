"""Bodies of rigid segments: skeletons, rotations, forward kinematics, the canonical frame, foot contact."""
