"""Binary glTF: animated bodies for Blender, three.js and viewers of 3D models."""
