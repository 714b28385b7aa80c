"""`cg3d-doctor`: what this device is, and what really works on it.

    system_files  files of the kernel and the system, and short commands
    gpu           NVIDIA's GPUs, as nvidia-smi tells of them
    device        board, processor, memory, JetPack
    power         power mode, clocks, temperatures, throttling
    versions      of the libraries, read without loading one
    proofs        every backend on the bundle's test vectors, in processes of their own
    prover        what runs in such a process
    advice        what to install for a backend that is missing
    storage       the bundle and the caches on disk
    report        all of it together, as a tree for programs and a table for people
    cli           the command

Functions that read system files take the root of the file system, so that tests can give them another device's.
"""
