"""Configurations from trees and `--set`, for any frozen dataclass."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

import pytest

from cg3d.config_tree import field_types, from_tree, require, value_of, with_overrides
from cg3d_runtime.errors import CheckpointError


@dataclass(frozen=True)
class Wheels:
    count: int = 4
    radius: float = 0.3
    tread: tuple[float, float] = (1.0, 2.0)


@dataclass(frozen=True)
class Cart:
    name: str = "cart"
    wheels: Wheels = field(default_factory=Wheels)
    is_red: bool = False

    def __post_init__(self) -> None:
        require(self, "wheels.count", self.wheels.count > 0, "above 0")


def test_fields_have_dotted_names() -> None:
    names = ["name", "wheels.count", "wheels.radius", "wheels.tread", "is_red"]
    assert list(field_types(Cart)) == names
    assert value_of(Cart(), "wheels.radius") == 0.3


def test_what_a_tree_leaves_out_has_its_default() -> None:
    assert from_tree(Cart, {"wheels": {"count": 3}}) == Cart(wheels=Wheels(count=3))
    assert from_tree(Cart, asdict(Cart(is_red=True))) == Cart(is_red=True)


def test_overrides_change_single_values_and_leave_the_original() -> None:
    cart = Cart()
    changed = with_overrides(cart, ["name=wagon 2", "wheels.radius=1", "wheels.tread=[3, 4]", "is_red=true"])
    assert changed == Cart("wagon 2", Wheels(4, 1.0, (3.0, 4.0)), is_red=True)
    assert cart == Cart()


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("wheel.count=3", "'wheel.count' is no field of the configuration; did you mean 'wheels.count'?"),
        ("wheels.count=0", "wheels.count must be above 0; got 0"),
        ("wheels.tread=[1, true]", r"wheels.tread\[1\] must be a number, got True"),
        ("is_red=1", "is_red must be true or false, got 1"),
        ("is_red", "a value is missing"),
    ],
)
def test_bad_override_is_named(override: str, message: str) -> None:
    with pytest.raises(CheckpointError, match=message):
        with_overrides(Cart(), [override])


def test_bad_tree_is_named() -> None:
    with pytest.raises(CheckpointError, match=r"did you mean 'wheels.count'"):
        from_tree(Cart, {"wheels": {"counts": 3}})
    with pytest.raises(CheckpointError, match="wheels must be a table, got 4"):
        from_tree(Cart, {"wheels": 4})
