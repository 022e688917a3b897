"""Migrations: one file a version, shipped with the program and applied when it starts."""
