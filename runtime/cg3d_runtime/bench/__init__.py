"""`cg3d-bench`: how fast this device answers, and whether the figures can be believed.

scans       what is measured on: given scans, or generated ones of known sizes
memory      peak memory of a process
measure     one warm process: every step of every batch
cold_start  fresh processes: how long until the first answer
conditions  what else may have decided the figures: other load, throttling, clocks
report      all of it together, as a tree for programs and a table for people
cli         the command
"""
