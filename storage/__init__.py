"""What the program remembers: tables, the functions that read and write them, migrations.

`database` opens the database and gives transactions; every other module holds plain functions
that take the connection of a transaction first, so that the caller decides what is atomic.
"""
