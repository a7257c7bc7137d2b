"""A page to play with, in a browser on one's own machine: corruption live, samples step by step."""
