"""Backups of an installation's database: taken while everything runs, restored into an empty one."""
