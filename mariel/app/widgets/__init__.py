"""What pages share: the player, charts, pickers, forms, downloads."""
