"""References for exported files: the model's own answers, on a few samples and on labelled objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Protocol

import numpy as np

from cg3d.data.samples import ObjectSet
from cg3d.models.cg3d import CG3D
from cg3d.training.held_out import label_features, label_templates
from cg3d_export.graph_inputs import Arrays, InputSpec, graph_inputs, held_out_objects
from cg3d_export.judging.agreement import FeatureAgreement, float64_features, model_features, top1_share
from cg3d_export.judging.samples import make_samples
from cg3d_runtime.bundle.manifest import ImageSpec, TextSpec
from cg3d_runtime.errors import DataError
from cg3d_runtime.labels.tokenizer import ClipTokenizer

HELD_OUT_OBJECTS = 200  # objects: of fewer, one other answer would be more than the half per cent that FP16 may give


@dataclass(frozen=True)
class JudgementData:
    """Labelled objects to judge files on, and to calibrate INT8 with.

    Attributes:
        objects: packed data, or any others; only a quarter of each label's is judged on.
        name: of the data, for the report.
        sha256: of the packed data's index; None for built-in objects.
        held_out: objects to judge on, or as many as there are.
    """

    objects: ObjectSet
    name: str
    sha256: str | None = None
    held_out: int = HELD_OUT_OBJECTS


class Reference(Protocol):
    """A reference that a file is measured against.

    Attributes:
        samples: graph -> inputs, the same ones for every model.
        expected: graph -> (B, D) features of the original in float32.
    """

    @property
    def samples(self) -> Mapping[str, Arrays]: ...

    @property
    def expected(self) -> Mapping[str, np.ndarray]: ...

    def against_float64(self, graph: str, features: Mapping[str, np.ndarray]) -> dict[str, FeatureAgreement]:
        """Agreement of several computations of the samples with float64."""

    def top1_agreement(self, graph: str, encode: Callable[[Arrays], np.ndarray]) -> float | None:
        """Share of labelled objects that get the label which the original gives them; None without such objects."""


class ModelReference:
    """The model's own features for everything that a file is run on.

    Args:
        model: on the CPU, in evaluation mode.
        spec: how its graphs want their inputs.
        data: None judges by the samples alone.

    Attributes:
        samples: graph -> inputs, the same ones for every model.
        expected: graph -> (B, D) features of the model in float32.
    """

    def __init__(self, model: CG3D, spec: InputSpec, data: JudgementData | None) -> None:
        self.data, self.spec = data, spec
        self.samples = make_samples(model, spec.prepare, spec.text.templates)
        self.expected = {graph: model_features(model, graph, inputs) for graph, inputs in self.samples.items()}
        self._model = model
        self._exact: dict[str, np.ndarray] = {}
        self._held_out = cache(self._make_held_out)

    def against_float64(self, graph: str, features: Mapping[str, np.ndarray]) -> dict[str, FeatureAgreement]:
        """Agreement of several computations of the samples with float64."""
        if graph not in self._exact:
            self._exact[graph] = float64_features(self._model, graph, self.samples[graph])
        return {name: FeatureAgreement.between(found, self._exact[graph]) for name, found in features.items()}

    def held_out(self, graph: str) -> Arrays:
        """Inputs of the held-out objects; of their labels for the text graph. Needs `data`."""
        return self._held_out(graph)[0]

    def top1_agreement(self, graph: str, encode: Callable[[Arrays], np.ndarray]) -> float | None:
        """Share of the held-out objects that get the label which the model gives them; None without data.

        For the text graph the objects are the model's, and the labels are encoded by the graph.

        Args:
            encode: inputs of the graph -> its (B, D) features.
        """
        if self.data is None:
            return None
        inputs, expected = self._held_out(graph)
        found = encode(inputs)
        if graph == "text":
            objects = self._held_out("points")[1]
            return top1_share(objects @ found.T, objects @ expected.T)
        return top1_share(found @ self.labels.T, expected @ self.labels.T)

    @cached_property
    def labels(self) -> np.ndarray:
        """(L, D) unit rows of the data's labels. Needs `data`."""
        return label_features(self._model, self.require_data().objects.labels).numpy()

    def _make_held_out(self, graph: str) -> tuple[Arrays, np.ndarray]:
        data = self.require_data()
        inputs = graph_inputs(graph, held_out_objects(data.objects, data.held_out), self.spec)
        return inputs, model_features(self._model, graph, inputs)

    def require_data(self) -> JudgementData:
        """Raises: DataError: there are none."""
        if self.data is None:
            raise DataError("INT8 needs labelled objects to calibrate with and to judge by; none were given.")
        return self.data


def input_spec(model: CG3D, templates: Sequence[str] | None = None) -> InputSpec:
    """Specification of the inputs of a model's graphs; see `export_bundle`."""
    towers = model.towers
    return InputSpec(
        prepare=model.config.encoder.spec,
        text=TextSpec(model.text.context_length, tuple(templates or label_templates(model))),
        image=ImageSpec(towers.image_size, towers.image_resize),
        tokenizer=ClipTokenizer(towers.tokenizer.to_str().encode()),
    )
