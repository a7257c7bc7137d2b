"""Forward processes of diffusion models, from an image to the table: noise, blur and flow."""

__version__ = "0.1.0"
