"""The command `cg3d-search`.

cli       the program and its commands
intake    build, add
asking    query; hits: how they are told; page: the page of --view
upkeep    remove, info, verify, compact, calibrate
export    export
progress  how far it is, on stderr
"""
