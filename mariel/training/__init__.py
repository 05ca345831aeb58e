"""Training: settings, the loop, run folders, checkpoints, background runs."""
