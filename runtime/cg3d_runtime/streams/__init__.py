"""Many scans: read and prepared ahead of the model, in bounded memory.

stream  batches of prepared scans, in the order of the scans
workers processes that prepare
journal the scan that is being read, on disk, so that one that ends the process is not read again
"""
