"""The parameters of the nodes: of whatever types YAML gives them."""

from __future__ import annotations

from array import array
from pathlib import Path

import pytest

from cg3d_ros.parameters import DEFAULTS, DESCRIPTIONS, Options, options_of, require_known
from cg3d_runtime import Cg3dError


def read(**given: object) -> Options:
    return options_of({**DEFAULTS, **given})


def test_the_defaults_are_good() -> None:
    options = options_of(DEFAULTS)
    assert (options.labels, options.bundle, options.require_signature, options.up) == (None, None, None, "z")
    assert set(DESCRIPTIONS) == set(DEFAULTS)


def test_labels_are_a_file_words_or_a_list(tmp_path: Path) -> None:
    assert read(labels="mug, bowl,").labels == ["mug", "bowl"]
    assert read(labels=["mug", "bowl"]).labels == ["mug", "bowl"]
    assert read(labels="labels.txt").labels == "labels.txt"
    (file := tmp_path / "mug,bowl").write_text("mug\n")
    assert read(labels=str(file)).labels == str(file)
    assert read(labels=[""]).labels is None  # as ROS writes an empty list


def test_up_is_an_axis_a_direction_or_auto() -> None:
    assert read(up="-y").up == "-y"
    assert read(up="auto").up == "auto"
    assert read(up=[0.0, -9.81, 0.0]).up == read(up=array("d", [0, -9.81, 0])).up == "-y"
    assert read(up="0,3,4").up == pytest.approx((0, 0.6, 0.8))
    assert read(up=True).up == "y"  # as YAML reads a bare y


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("top", 0, "top must be a whole number from 1 on, got 0."),
        ("top", -1, "top must be a whole number from 1 on, got -1."),
        ("top", 2.5, "top must be a whole number from 1 on, got 2.5."),
        ("top", True, "top must be a whole number from 1 on, got True."),
        ("up", "q", "up must be one of x, y, z, -x, -y, -z, or three numbers x,y,z; got 'q'."),
        ("up", [0.0, 0.0, 0.0], "up must be a direction: three finite numbers"),
        ("up", False, "up must be an axis (x, y, z, -x, -y, -z), x,y,z or auto, got False."),
        ("up", 2, "up must be an axis"),
        ("up", None, "up must be one of"),  # a parameter that was deleted
        ("labels", None, "labels must be"),
        (
            "labels",
            [True, False],
            "labels must be a file, words with commas, or a list of words (yes, no, on, off and numbers",
        ),
        ("labels", 3, "labels must be"),
        ("imu", "yes", "imu must be true or false, got 'yes'."),
        (
            "target_frame",
            "/base_link",
            "target_frame must be a frame's name without a slash before it, got '/base_link'.",
        ),
        ("target_frame", True, "target_frame must be text (in YAML, with quotes: target_frame: '...'), got True."),
        ("backend", "gpu", "backend must be one of auto, cpu, cuda, tensorrt, got 'gpu'."),
        ("tf_timeout", -1.0, "tf_timeout must be seconds from 0 to 10, got -1.0."),
        ("tf_timeout", float("nan"), "tf_timeout must be seconds from 0 to 10, got nan."),
        ("bundle", 7, "bundle must be text"),
    ],
)
def test_what_is_refused(name: str, value: object, said: str) -> None:
    with pytest.raises(Cg3dError) as error:
        read(**{name: value})
    assert str(error.value).startswith(said)
    assert "\n" not in str(error.value)


def test_a_misspelt_name_is_answered_with_the_nearest() -> None:
    require_known([*DEFAULTS, "use_sim_time", "qos_overrides./points.subscription.depth"])
    with pytest.raises(Cg3dError, match=r"parameter .label. is not known; did you mean labels\?"):
        require_known(["label"])
    with pytest.raises(Cg3dError, match="parameter 'qqq' is not known; there are labels, target_frame,"):
        require_known(["qqq"])
