"""The ground floor: values without I/O that every other floor may use."""
