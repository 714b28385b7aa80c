"""One training step, and everything that it leaves for the next."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from cg3d.config import TrainConfig
from cg3d.data.batches.batches import Batch
from cg3d.data.samples import number_of
from cg3d.models.cg3d import CG3D
from cg3d.training.features import BatchEncoder
from cg3d.training.objective import batch_losses
from cg3d.training.optimisers import build_optimisers, parameters_of, set_rates
from cg3d.training.processes import Processes, share_batch_norms


class Learner:
    """A model and its optimisers. What a step does depends on them, its batch and its number alone.

    Args:
        model: on `device`; its batch normalisations are shared among the processes.
        device, precision: see `cg3d.machine`.
        processes: those that share every step.
        labels: all labels of the data, in the order of their ids; the term `points_label` needs them.
    """

    def __init__(
        self,
        model: CG3D,
        config: TrainConfig,
        device: torch.device,
        precision: str,
        processes: Processes,
        labels: Sequence[str] = (),
    ) -> None:
        model.points = share_batch_norms(model.points, processes, device)
        self.model, self.device = model, device
        self._config, self._processes = config, processes
        self._encoder = BatchEncoder(model, device, precision, labels)
        self._optimisers = build_optimisers(model, config)

    def settings(self) -> dict[str, float]:
        """Settings of the last step: the point encoder's learning rate, and the scale where it learns."""
        rate = {"lr": self._optimisers[0].param_groups[0]["lr"]}
        return rate | ({"logit_scale": self.model.logit_scale} if self.model.log_scale.requires_grad else {})

    def learn(self, batch: Batch, step: int) -> dict[str, float]:
        """Take one step; the loss and its terms, over all processes.

        Raises:
            FloatingPointError: the loss or its gradient is not finite; the weights are those before the step.
        """
        # Not carried from step to step, so that nothing of it has to be saved: what a step draws depends on its number.
        torch.manual_seed(number_of(f"{self._config.seed} {step} {self._processes.rank}"))
        self.model.train()
        set_rates(self._optimisers, self._config, step)
        terms = batch_losses(self._encoder, batch, self._config, step, self._processes)
        loss = torch.stack([getattr(self._config.weights, name) * value for name, value in terms.items()]).sum()
        loss.backward()

        report = {"loss": loss.detach(), **{name: value.detach() for name, value in terms.items()}}
        gradients = [parameter.grad for parameter in self._parameters() if parameter.grad is not None]
        self._processes.sum([*report.values(), *gradients])
        self._require_finite([report["loss"], *self._clip()], step)
        for optimiser in self._optimisers:
            optimiser.step()
            optimiser.zero_grad()
        self.model.limit_scale()
        return {name: value.item() for name, value in report.items()}

    def state(self) -> dict[str, Tensor]:
        """State of the optimisers, by names that `load_state` knows."""
        return {
            f"{number}.{parameter}.{name}": value
            for number, optimiser in enumerate(self._optimisers)
            for parameter, memory in optimiser.state_dict()["state"].items()
            for name, value in memory.items()
            if value is not None
        }

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` gave."""
        for number, optimiser in enumerate(self._optimisers):
            memory: dict[int, dict[str, Tensor]] = {}
            for key, value in state.items():
                owner, parameter, name = key.split(".")
                if int(owner) == number:
                    memory.setdefault(int(parameter), {})[name] = value
            optimiser.load_state_dict({**optimiser.state_dict(), "state": memory})

    def _parameters(self) -> list[torch.nn.Parameter]:
        return [parameter for optimiser in self._optimisers for parameter in parameters_of(optimiser)]

    def _clip(self) -> list[Tensor]:
        """Shorten the gradient of each optimiser's parameters; the norms before."""
        largest = self._config.clip_norm
        return [torch.nn.utils.clip_grad_norm_(parameters_of(optimiser), largest) for optimiser in self._optimisers]

    @staticmethod
    def _require_finite(values: list[Tensor], step: int) -> None:
        if not all(math.isfinite(value.item()) for value in values):
            raise FloatingPointError(f"step {step}: the loss is {values[0].item():g} or its gradient is not finite")
