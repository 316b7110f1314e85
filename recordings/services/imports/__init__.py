"""Calls that come as files: read, decided by the rules of their day, kept many at a time, each file once.

What became of a file is written down in the transaction that keeps its call. So an import that was killed anywhere goes
on where it was, and the same folder imported again changes nothing.
"""
