"""XYZ, TXT, CSV and PTS: one point a line.

reader   a file as points, pts: of Leica's kind; file: as lines; head: the column names and the form of a line
columns  names that programs give to columns; numbers: numbers as programs write them
"""
