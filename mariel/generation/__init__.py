"""What trained models are for: reconstructing, sampling and judging dances."""
