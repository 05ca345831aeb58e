"""What pages share: pickers, forms, metrics, downloads."""
