"""What a run's folder contains: records of its files, its names, its archive, and exports of its curves."""
