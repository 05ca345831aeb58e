"""SMPL's joints on a skeleton of our own, so that body parameters become positions without licensed models."""
