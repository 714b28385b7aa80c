"""XYZ, TXT and CSV: one point a line.

reader   a file as points; file: as lines; head: the column names and the form of a line
columns  names that programs give to columns; numbers: numbers as programs write them
"""
