"""The parser of SQL conditions. A condition is read and compiled, never executed as SQL."""
