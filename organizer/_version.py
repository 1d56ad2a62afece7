"""The version of this release; read by setup.cfg without importing the application."""

__version__ = "0.1.0"
