"""Images: files to uint8 arrays (n, c, h, w)."""
