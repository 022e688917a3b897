"""What is posted: blocks and texts built from values, without I/O."""
