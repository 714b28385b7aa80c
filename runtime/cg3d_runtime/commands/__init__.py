"""Shared by the command lines of the runtime and of `cg3d`.

process     a command as a process: signals, streams that are closed or full
printer     results to stdout, everything else to stderr, safe for terminals
scan_files  the scan files that arguments name: files, folders, names on stdin
stdin_names names on standard input, as they come
"""
