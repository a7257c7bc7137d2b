"""From the prior back to images."""
