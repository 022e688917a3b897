"""What the program remembers: tables, repositories, migrations."""
