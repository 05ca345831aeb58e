"""What surrounds every page: layout, the address bar and the session, errors in words."""
