"""Modals, built from values: no I/O, no decisions."""
