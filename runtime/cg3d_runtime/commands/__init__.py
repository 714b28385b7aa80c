"""Shared by the command lines of the runtime and of `cg3d`.

program     errors in one line, examples in --help, shell completion
options     the options that several programs share
process     a command as a process: signals, streams that are closed or full
printer     results to stdout, everything else to stderr, safe for terminals
scan_files  the scans that arguments name: files, bags, folders, patterns, names on stdin
beside_scans what lies beside scans in folders and holds no points
stdin_names names on standard input, as they come
"""
