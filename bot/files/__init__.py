"""The way of a file: from response bytes to a finished CSV on disk."""
