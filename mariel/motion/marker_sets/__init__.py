"""Marker sets of other people's recordings: known rigs, skeletons of joints, rigid segments found by distances."""
