"""A scan in, its answer out: the model `cg3d` of Triton's Python backend. `cg3d triton` puts this file into the repository.

It needs cg3d-runtime where Triton runs Python, and no PyTorch. One request is one scan; instances answer side by side, so send
several at a time. config.pbtxt beside it tells inputs, outputs and what may be tuned.

Source: https://github.com/triton-inference-server/python_backend#usage
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import triton_python_backend_utils as pb_utils

from cg3d_runtime import Bundle, Cg3dError, LabelError, ReceivedScan, Recognizer, ScanError
from cg3d_runtime.bundle.manifest import LABELS, RIVALS
from cg3d_runtime.choices import METRES


class TritonPythonModel:
    """What Triton calls: `initialize` once, then `execute`."""

    def initialize(self, args: dict[str, str]) -> None:
        """Open the bundle beside this file, warm.

        Args:
            args: of Triton; the parameters of config.pbtxt are among them.
        """
        parameters = json.loads(args["model_config"])["parameters"]
        said = {name: entry["string_value"] for name, entry in parameters.items()}
        labels, bundle = Path(__file__).with_name("labels.txt"), Path(__file__).with_name("bundle")
        self._has_labels = labels.exists() or not Bundle.open(bundle).manifest.files.keys().isdisjoint((RIVALS, LABELS))
        self._recognizer = Recognizer.open(
            labels if labels.exists() else None if self._has_labels else ["thing"],
            bundle,
            backend=said["backend"],
            precision=said["precision"],
            threads=int(said["threads"]),
            spin=False,  # the cores are for the other instances
            warm_up=True,
        )

    def execute(self, requests: list[Any]) -> list[Any]:
        """Answer each request, or say in one line why it cannot be."""
        return [self._respond(request) for request in requests]

    def finalize(self) -> None:
        """Give back the device's memory."""
        self._recognizer.close()

    def _respond(self, request: Any) -> Any:
        try:
            answer = self._answer(request)
        except Cg3dError as error:
            return pb_utils.InferenceResponse(error=pb_utils.TritonError(str(error), pb_utils.TritonError.INVALID_ARG))
        told = np.array([answer.encode()], dtype=np.object_)
        return pb_utils.InferenceResponse(output_tensors=[pb_utils.Tensor("answer", told)])

    def _answer(self, request: Any) -> str:
        """The JSON of `cg3d-infer --json`."""
        labels, top = _texts(request, "labels"), _values(request, "top")
        if not labels and not self._has_labels:
            raise LabelError(
                "a request to this bundle has labels: it holds no everyday names, and there is no labels.txt."
            )
        found = self._recognizer(
            _scan(request),
            labels=labels or None,
            up=_text(request, "up"),
            units=_units(_text(request, "units")),
            top=5 if top is None else int(top.reshape(-1)[0]),
        )
        return found.to_json()


def _scan(request: Any) -> Any:
    """Points as they are, or the bytes of a file under its name."""
    points, content = _values(request, "points"), _values(request, "scan")
    if (points is None) == (content is None):
        raise ScanError(
            "a request has either points, (N, 3) or (N, 6), or scan and name: the bytes of a file, and its name."
        )
    if content is None:
        return points
    return ReceivedScan(_text(request, "name") or "scan", content.reshape(-1)[0])


def _units(given: str | None) -> str | None:
    if given is not None and given not in METRES:
        raise ScanError(f"units must be one of {', '.join(METRES)}, got {given!r:.40}.")
    return given


def _text(request: Any, name: str) -> str | None:
    texts = _texts(request, name)
    return texts[0] if texts else None


def _texts(request: Any, name: str) -> list[str]:
    """The strings of an input; none where it was not sent."""
    values = _values(request, name)
    return [] if values is None else [text.decode("utf-8", "replace") for text in values.reshape(-1)]


def _values(request: Any, name: str) -> Any:
    tensor = pb_utils.get_input_tensor_by_name(request, name)
    return None if tensor is None or tensor.as_numpy().size == 0 else tensor.as_numpy()
