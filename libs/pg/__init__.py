"""Everything Waymark does with PostgreSQL: pools, named SQL, migrations, roles, and the embedded server."""
