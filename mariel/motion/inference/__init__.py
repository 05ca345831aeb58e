"""What the motion itself says where its file is silent: which way is up, left and right, unit, axes and dancers."""
