"""The built-in objects as a data set: order, captions, samples, bad requests."""

from __future__ import annotations

import numpy as np
import pytest

from cg3d.data.built_in import parametric_objects, synthesise
from cg3d.data.samples import SampleSpec
from cg3d.objects import CATEGORIES, colour_words, make_object
from cg3d.objects.shapes.palette import COLOURS
from cg3d_runtime.errors import DataError


def test_samples_are_named_described_and_repeatable() -> None:
    chosen = ("airplane", "chair", "piano")
    samples, again = (synthesise(1, seed=3, categories=chosen) for _ in range(2))
    assert samples.labels == ["airplane", "chair", "piano"]
    airplane = samples[0]
    assert airplane.label == "airplane" and "an airplane" in airplane.captions
    assert airplane.points.shape == (4096, 6) and airplane.points.dtype == np.float32
    assert airplane.views.shape == (2, 128, 128, 3) and airplane.views.dtype == np.uint8
    assert airplane.has_colour
    assert np.array_equal(airplane.points, again[0].points) and np.array_equal(airplane.views, again[0].views)


def test_all_categories_are_made_unless_some_are_chosen() -> None:
    objects = parametric_objects(1, seed=3)
    assert [source.category for source in objects] == list(CATEGORIES)
    assert len({source.info.id for source in objects}) == len(objects)
    chosen = parametric_objects(2, seed=3, categories=["mug", "axe", "mug"])
    assert [source.category for source in chosen] == ["mug", "axe", "mug", "axe"]
    assert chosen[0] == objects[list(CATEGORIES).index("mug")]


def test_more_objects_keep_the_first_ones() -> None:
    few, many = (parametric_objects(count, seed=1, categories=["mug", "saw"]) for count in (1, 3))
    assert many[: len(few)] == few


def test_captions_name_the_object_its_kind_and_its_colours() -> None:
    for source in parametric_objects(2, seed=5, categories=["piano", "scissors", "umbrella"]):
        mesh = make_object(source.category, source.seed)
        captions, colours = source.info.captions, colour_words(mesh)
        assert len(captions) == len(set(captions)) >= 8
        assert any(f"{colours[0]} {source.category}" in caption for caption in captions)
        assert len(colours) == 1 or any(f"{colours[0]} and {colours[1]}" in caption for caption in captions)
        assert not mesh.kind or any(mesh.kind in caption for caption in captions)
    assert "scissors" in parametric_objects(1, categories=["scissors"])[0].info.captions  # no article


def test_objects_without_colour_have_the_same_shape_and_other_names() -> None:
    painted, plain = (parametric_objects(1, coloured=flag, categories=["clock", "chair"]) for flag in (True, False))
    for with_colour, without in zip(painted, plain, strict=True):
        rng = np.random.default_rng(0)
        surface = without.surface(500, rng)
        assert surface.rgb is None
        assert np.array_equal(surface.xyz, with_colour.surface(500, np.random.default_rng(0)).xyz)
        assert without.info.id == f"{with_colour.info.id}-plain"
        assert not {*" ".join(without.info.captions).replace(",", "").split()} & set(COLOURS)


def test_samples_without_colour_are_drawn_in_grey() -> None:
    sample = synthesise(1, spec=SampleSpec(256, 1, 32, 256), coloured=False, categories=["bus"])[0]
    assert not sample.has_colour
    assert np.ptp(sample.views.astype(int), axis=-1).max() <= 1


def test_bad_requests_are_errors() -> None:
    with pytest.raises(DataError, match="must be 1 or more, got 0"):
        parametric_objects(0)
    with pytest.raises(DataError, match=r"category 'chiar' is not known\. The nearest known: chair"):
        parametric_objects(1, categories=["mug", "chiar"])
    with pytest.raises(DataError, match=r"category '\?' is not known\. Known: action figure, airplane"):
        synthesise(1, categories=["?"])
    with pytest.raises(DataError, match="no category was chosen; name one or more of: action figure"):
        parametric_objects(1, categories=[])
