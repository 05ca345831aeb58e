"""Files of marker positions for motion-capture programs and spreadsheets."""
