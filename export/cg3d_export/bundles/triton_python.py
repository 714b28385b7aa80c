"""The model `cg3d` of a Triton repository: whole scans in, answers out, in Triton's Python backend.

OUT/cg3d/config.pbtxt       inputs, outputs, and what may be tuned
         1/model.py         see `triton_model`
         1/bundle/          the bundle, which model.py opens
         1/labels.txt       what it chooses from where a request says nothing else; may be missing
"""

from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path

from cg3d_runtime.bundle import Bundle
from cg3d_runtime.bundle.manifest import MANIFEST_FILE
from cg3d_runtime.bundle.signature import SIGNATURE_FILE
from cg3d_runtime.labels import read_labels

NAME = "cg3d"
_CONFIG = """# Start the server with ORT_DISABLE_TELEMETRY=1, where Python has: pip install "cg3d-runtime[cpu,mesh,las]"
name: "{name}"
backend: "python"
# One request is one scan: clouds of different sizes make no batch. Send several at a time instead; instances share them.
max_batch_size: 0
input [
  {{ name: "points" data_type: TYPE_FP32 dims: [ -1, -1 ] optional: true }},
  {{ name: "scan" data_type: TYPE_STRING dims: [ 1 ] optional: true }},
  {{ name: "name" data_type: TYPE_STRING dims: [ 1 ] optional: true }},
  {{ name: "labels" data_type: TYPE_STRING dims: [ -1 ] optional: true }},
  {{ name: "up" data_type: TYPE_STRING dims: [ 1 ] optional: true }},
  {{ name: "units" data_type: TYPE_STRING dims: [ 1 ] optional: true }},
  {{ name: "top" data_type: TYPE_INT32 dims: [ 1 ] optional: true }}
]
output [
  {{ name: "answer" data_type: TYPE_STRING dims: [ 1 ] }}
]
# Each is a process that reads, prepares and encodes: one a core.
instance_group [ {{ count: {instances} kind: KIND_CPU }} ]
parameters {{ key: "backend" value: {{ string_value: "auto" }} }}
parameters {{ key: "precision" value: {{ string_value: "auto" }} }}
parameters {{ key: "threads" value: {{ string_value: "1" }} }}
"""


def fill_python_model(folder: Path, bundle: Bundle, instances: int, labels: Path | None) -> str:
    """Write all of the model but its configuration, which is returned.

    Args:
        folder: of the model; made here.
        instances: processes that answer.
        labels: a label file, or None.
    Raises:
        BundleError: the bundle was altered.
        LabelError: the label file is none.
        OSError: it cannot be written.
    """
    version = folder / "1"
    _copy_bundle(bundle, version / "bundle")
    if labels:
        read_labels(labels)
        shutil.copyfile(labels, version / "labels.txt")
    model = resources.files("cg3d_export.bundles").joinpath("triton_model.py")
    (version / "model.py").write_bytes(model.read_bytes())
    return _CONFIG.format(name=NAME, instances=instances)


def _copy_bundle(bundle: Bundle, folder: Path) -> None:
    """Copy what the manifest lists, and its signature."""
    folder.mkdir(parents=True)
    graphs = [entry for precisions in bundle.manifest.graphs.values() for entry in precisions.values()]
    for entry in (*graphs, *bundle.manifest.files.values()):
        (folder / entry.file).write_bytes(bundle.read(entry))
    for name in (MANIFEST_FILE, SIGNATURE_FILE):
        if (bundle.directory / name).exists():
            shutil.copyfile(bundle.directory / name, folder / name)
