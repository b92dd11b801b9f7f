"""Conditions on records: one intermediate form, a parser for JSON and one for SQL, and a compiler to a closure.

A condition is three-valued, looks at one record and nothing else, and costs at most its size times the record's.
"""
