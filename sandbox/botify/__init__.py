"""A local Botify: the API on one port, the host of the exported files on another."""
