"""Kinematics: body of rigid segments, rotations, forward kinematics, canonical frame, foot contact, crossfades."""
