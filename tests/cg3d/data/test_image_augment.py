"""Changes to pictures against slow, obvious versions of them."""

from __future__ import annotations

import colorsys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cg3d.config import load_config
from cg3d.data.augment.images import LUMA, RANGES, ImageAugmentation, _hue_and_saturation, change_image, crop_box
from cg3d_runtime.errors import CheckpointError


def picture() -> torch.Tensor:
    return torch.rand(3, 20, 30, generator=torch.Generator().manual_seed(0)) * 0.4 + 0.3


class Fixed:
    """Random numbers that are not: every draw is the largest, every chance is taken."""

    def random(self) -> float:
        return 0.0

    def uniform(self, low: float, high: float) -> float:
        return high


def test_without_changes_the_picture_is_the_same_tensor() -> None:
    image, rng = picture(), np.random.default_rng(0)
    assert change_image(image, ImageAugmentation(), rng) is image
    assert crop_box(20, 30, ImageAugmentation(), rng) == (slice(0, 20), slice(0, 30))


def test_flip_mirrors_half_of_the_pictures() -> None:
    rng = np.random.default_rng(0)
    found = [change_image(picture(), ImageAugmentation(flip=0.5), rng) for _ in range(40)]
    mirrored = [torch.equal(image, picture().flip(-1)) for image in found]
    assert 10 < sum(mirrored) < 30
    assert all(
        torch.equal(image, picture()) for image, is_mirrored in zip(found, mirrored, strict=True) if not is_mirrored
    )


@pytest.mark.parametrize("name", ["brightness", "contrast", "saturation"])
def test_light_is_changed_as_defined(name: str) -> None:
    image = picture()
    grey = (image * torch.tensor(LUMA)[:, None, None]).sum(0)
    expected = {
        "brightness": image * 1.2,
        "contrast": grey.mean() + 1.2 * (image - grey.mean()),
        "saturation": grey + 1.2 * (image - grey),
    }
    changed = change_image(image, ImageAugmentation(**{name: 0.2}), Fixed())
    assert changed.numpy() == pytest.approx(expected[name].clamp(0, 1).numpy(), abs=2e-3)


def test_hue_turns_colours_and_leaves_greys_and_brightness() -> None:
    turned = _hue_and_saturation(2 * np.pi / 3, 1.0)
    assert turned @ np.ones(3) == pytest.approx(np.ones(3), abs=2e-3)
    assert np.array(LUMA) @ turned == pytest.approx(LUMA, abs=1e-9)
    third = np.linalg.matrix_power(turned, 3)
    assert third == pytest.approx(np.eye(3), abs=1e-9)
    soft_red = np.array([0.55, 0.45, 0.45])
    hues = [colorsys.rgb_to_hsv(*(np.linalg.matrix_power(turned, k) @ soft_red))[0] for k in range(3)]
    apart = np.sort(np.diff(sorted(hues)))
    assert apart[0] > 0.15  # red, green and blue, give or take


@given(seed=st.integers(0, 2**32), height=st.integers(1, 300), width=st.integers(1, 300))
def test_crops_lie_inside_and_have_the_area_asked_for(seed: int, height: int, width: int) -> None:
    how = ImageAugmentation(crop=1, crop_area=(0.3, 0.5))
    rows, columns = crop_box(height, width, how, np.random.default_rng(seed))
    assert 0 <= rows.start < rows.stop <= height and 0 <= columns.start < columns.stop <= width
    if min(height, width) > 100 and max(height, width) < 1.3 * min(height, width):
        area = (rows.stop - rows.start) * (columns.stop - columns.start) / (height * width)
        assert 0.28 < area < 0.52


def test_results_stay_in_range_and_differ_between_pictures() -> None:
    rng = np.random.default_rng(0)
    how = ImageAugmentation(flip=0.5, brightness=0.5, contrast=0.5, saturation=1, hue=0.5)
    found = torch.stack([change_image(picture(), how, rng) for _ in range(8)])
    assert found.dtype == torch.float32 and found.min() >= 0 and found.max() <= 1
    assert len(torch.unique(found.mean(dim=(1, 2, 3)))) == 8


def test_configuration_sets_and_holds_them() -> None:
    assert load_config("mini").data.image_augmentation == ImageAugmentation()
    assert load_config("mini", ["data.image_augmentation.flip=0.5"]).data.image_augmentation.flip == 0.5
    assert RANGES.keys() == ImageAugmentation.__dataclass_fields__.keys()
    for override, message in (("flip=2", "0 to 1"), ("hue=0.6", "0 to 0.5"), ("crop_area=[0.9, 0.5]", "smaller first")):
        with pytest.raises(CheckpointError, match=message):
            load_config("mini", [f"data.image_augmentation.{override}"])
