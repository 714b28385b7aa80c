"""`scripts/gpu_check`: what only a GPU can prove, in at most eight minutes, on a machine that has PyTorch and nothing else.

cli         options, and the order of things
parts       the parts, each in a process of its own, with a limit
findings    what the parts find, written as it comes; JSON and the table
wheels      packages carried along in a folder, for a machine without a network
machine     part: what the machine is, and its peaks as documented and as measured
training    parts: losses on the device against those of the CPU; a stopped run resumed
pictures    part: the renderer and the loader
runtime     parts: ONNX Runtime and TensorRT against a bundle's test vectors
throughput  part: clouds a second of the encoders, and their share of the roofline
processes   part: two processes that share every step
peaks       what makers document of their GPUs
roofline    operations and bytes of a module, counted
clouds      built-in objects, prepared, without a download
"""
