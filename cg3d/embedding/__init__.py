"""`cg3d embed`: collections of scans into a library, part by part, on one machine or on many.

cli        its options
source     the files of a collection, near or far, and the parts that they are split into
fetching   the bytes of one file, however often a connection breaks
part       one part into one segment, which is there whole or not at all; needs no PyTorch
engines    who works on parts: this process, or the actors of Ray
library    the segments of all parts into the library
"""
