"""TensorRT: engines built on the device from the bundle's graphs, kept in the user's cache, run through pinned buffers.

    library        tensorrt and cuda-python as installed, their messages and their versions
    device         the GPU: its identity, its free memory, checked calls
    profile        the shapes an engine must serve
    builder        an ONNX graph to a plan
    progress       how far a build is
    inspection     what precision an engine really computes in
    engine_cache   plans on disk
    engine_pruning which of them leave it
    buffers        memory for inputs and outputs
    cuda_graph     work on a stream that repeats
    backend        a plan that runs

One code path serves TensorRT 10.3 (JetPack 6) to 11: only what all of them offer is used, and precision is a property of
the graph, since the builder's precision flags are deprecated in 10.12 and gone in 11.
"""
