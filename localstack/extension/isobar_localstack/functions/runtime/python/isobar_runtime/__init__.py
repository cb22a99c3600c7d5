"""The Python side of a function's process: the standard library only, on Python 3.12 to 3.14."""
