"""The U-Net, its averaged weights, its number format, its file."""
