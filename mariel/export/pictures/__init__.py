"""Films and pictures of a dance: MP4, GIF, film strip, SVG, drawn by `mariel.stage.render`."""
