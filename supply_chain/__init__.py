"""What the wheels are made of, and what comes with them: `scripts/build_wheels`, and the licence check of `scripts/check`.

dependencies  the whole tree of what a distribution and its extras need, from the installed metadata
licences      which licences they may have, and which packages are named one by one
notices       THIRD_PARTY.md, and the licence texts beside a wheel
sbom          a bill of materials as CycloneDX JSON
wheels        both wheels, to the same bits every time
cli           the commands
"""
