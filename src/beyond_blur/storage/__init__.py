"""Files of arrays with a manifest: whole or not there, and checked when they are read."""
