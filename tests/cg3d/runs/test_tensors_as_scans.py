"""PyTorch's tensors given to the runtime, which does not know PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans.in_memory import cloud_of, is_one_scan

XYZ = torch.rand(600, 3, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("given", [XYZ, XYZ[None], XYZ.clone().requires_grad_(), XYZ.double(), torch.nn.Parameter(XYZ)])
def test_tensors(given: torch.Tensor) -> None:
    np.testing.assert_array_equal(cloud_of(given).xyz, XYZ.numpy())
    assert is_one_scan(given) == (given.ndim == 2)


def test_a_type_that_numpy_does_not_have() -> None:
    with pytest.raises(ScanError, match=r"the Tensor cannot become an array of numbers: .*BFloat16"):
        cloud_of(XYZ.bfloat16())
