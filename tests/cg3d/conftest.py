"""A small packed data set, a configuration that learns it in seconds, and one run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from cg3d.config import TrainConfig, load_config
from cg3d.data.built_in import parametric_objects
from cg3d.data.samples import SampleSpec, make_sample
from cg3d.data.shards import write_index, write_shard
from cg3d.training.train import train

CATEGORIES = ("airplane", "bowl", "ladder")
TINY = (
    # CG3D's whole method, whatever the default preset leaves out
    "weights.points_label=0",
    "weights.points_text=1",
    "weights.points_image=1",
    "weights.image_text=1",
    "model.prompts.image_tokens=5",
    "data.variants=0",
    "model.towers.pretrained=random",
    "model.encoder.name=pointnet",
    "model.encoder.points=192",
    "precision=fp32",
    "device=cpu",
    "steps=6",
    "batch_size=6",
    "data.held_out=0.25",
    "log_every=2",
    "save_every=4",
    "evaluate_every=4",
)

Configure = Callable[..., TrainConfig]


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight objects of each of three categories."""
    folder = tmp_path_factory.mktemp("data") / "three"
    folder.mkdir()
    spec = SampleSpec(points=512, views=2, image_size=32, drawn_points=512)
    objects = parametric_objects(8, categories=CATEGORIES)
    write_shard(folder / "shard-000000.tar", [make_sample(source, spec) for source in objects])
    write_index(folder, [folder / "shard-000000.tar"], spec)
    return folder


@pytest.fixture(scope="session")
def tiny_changes() -> tuple[str, ...]:
    """What makes the mini preset the smallest configuration that has every part."""
    return TINY


@pytest.fixture(scope="session")
def all_prompts() -> tuple[str, ...]:
    """What switches on the kinds of prompts that TINY leaves out."""
    return ("model.prompts.text_context=2", "model.prompts.image_additive=true", "model.prompts.text_additive=true")


@pytest.fixture(scope="session")
def configure() -> Configure:
    """`configure("lr=1", ...)`: the smallest configuration that has every part, with changes."""
    return lambda *changes: load_config("mini", [*TINY, *changes])


@pytest.fixture(scope="session")
def run(packed: Path, configure: Configure, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run, to be read only."""
    return train(configure(), packed, tmp_path_factory.mktemp("runs") / "tiny")


@pytest.fixture(scope="session")
def slip_state() -> dict[str, Tensor]:
    """Weights in the layout of facebookresearch/SLIP, random and small: pictures of 64 px, widths of 128, two blocks."""
    shapes: dict[str, tuple[int, ...]] = {
        "visual.cls_token": (1, 1, 128),
        "visual.pos_embed": (1, 17, 128),
        "visual.patch_embed.proj.weight": (128, 3, 16, 16),
        "visual.patch_embed.proj.bias": (128,),
        "image_projection": (128, 32),
        "text_projection": (128, 32),
        "positional_embedding": (77, 128),
        "token_embedding.weight": (600, 128),
        "logit_scale": (),
        "image_mlp.layer1.weight": (64, 128),
    }
    names = (
        ("attn.qkv.", "attn.proj.", "mlp.fc1.", "mlp.fc2."),
        ("attn.in_proj_", "attn.out_proj.", "mlp.c_fc.", "mlp.c_proj."),
    )
    sizes = ((384, 128), (128, 128), (512, 128), (128, 512))
    for block in ("visual.blocks.0.", "visual.blocks.1.", "transformer.resblocks.0.", "transformer.resblocks.1."):
        for name, size in zip(names[block.startswith("transformer")], sizes, strict=True):
            shapes |= {f"{block}{name}weight": size, f"{block}{name}bias": size[:1]}
    norms = [f"visual.blocks.{i}.norm{k}." for i in (0, 1) for k in (1, 2)]
    norms += [f"transformer.resblocks.{i}.ln_{k}." for i in (0, 1) for k in (1, 2)]
    for name in (*norms, "visual.norm.", "ln_final."):
        shapes |= {f"{name}weight": (128,), f"{name}bias": (128,)}
    generator = torch.Generator().manual_seed(0)
    return {
        name: torch.randn(shape, generator=generator) * 0.1 + (name == "logit_scale") for name, shape in shapes.items()
    }


@pytest.fixture(scope="session")
def slip_file(slip_state: dict[str, Tensor], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file as SLIP's distributed training saves it."""
    path = tmp_path_factory.mktemp("slip") / "slip_base_100ep.pt"
    torch.save({"state_dict": {f"module.{name}": value for name, value in slip_state.items()}}, path)
    return path
