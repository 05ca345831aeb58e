"""Components that run in the browser: the skeleton player and the flat chart, and the files they are made of."""
