"""Embeddings of whole sets of objects by a frozen encoder, computed once."""

from __future__ import annotations

import logging
import sys

import torch
import torch.nn.functional as F
from rich.console import Console
from rich.progress import track
from torch import Tensor, nn

from cg3d.finetune.clouds import Clouds
from cg3d.machine import autocast

log = logging.getLogger(__name__)


@torch.no_grad()
def embed(
    encoder: nn.Module,
    clouds: Clouds,
    device: torch.device,
    precision: str,
    batch_size: int,
    workers: int,
    copies: int = 1,
) -> Tensor:
    """Embed every object, its batch normalisations in evaluation mode.

    Args:
        encoder: on `device`.
        copies: embeddings of each object: the first of it as it is, the others of augmented versions.
    Returns:
        (copies, M, D) float32 on the CPU, rows of length 1.
    """
    encoder.eval()
    keys = [(copy, index) for copy in range(copies) for index in range(len(clouds))]
    chunks = [keys[start : start + batch_size] for start in range(0, len(keys), batch_size)]
    log.info("embedding %d clouds of %d objects", len(keys), len(clouds))
    console, silent = Console(stderr=True), not sys.stderr.isatty()
    batches = track(clouds.batches(chunks, workers), "embedding", len(chunks), console=console, disable=silent)
    with autocast(device, precision):
        rows = [encoder(points.to(device)).float().cpu() for points, _ in batches]
    return F.normalize(torch.cat(rows), dim=-1).view(copies, len(clouds), -1)
