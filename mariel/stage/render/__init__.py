"""Pictures of a scene without a browser: what the player in `stage/web` draws, as arrays of pixels.

The same bodies, colours, light, floor, shadows and camera, computed with NumPy; texts are written with Pillow.
Files of pictures and films are made of it in `mariel.export`.
"""
