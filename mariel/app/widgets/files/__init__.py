"""Files of motion from other people: uploading them, and saying what they do not say themselves."""
