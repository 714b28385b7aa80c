"""Lists of labels as a robot might have them, for each scan once with its own label and once without."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cg3d_calibration.labelled_scans import LabelledScans
from cg3d_calibration.unknown import Scores
from cg3d_runtime.labels.vocabulary import assurance

ENOUGH = 4000  # lists; each scan gets several where there are fewer scans
MOST_LISTS = 4  # a scan


@dataclass(frozen=True)
class ListedScans:
    """Logits of the labels of one list a row, and of the R names that compete with it.

    Attributes:
        known: (K, n) of lists that hold the scan's own label, in column 0.
        unknown: (U, n) of lists that do not; -inf in the last column where n - 1 labels were all that was left.
        known_rivals, unknown_rivals: (K, R) and (U, R); -inf where a name says about the same as a label of the list.
    """

    known: np.ndarray
    unknown: np.ndarray
    known_rivals: np.ndarray
    unknown_rivals: np.ndarray

    @property
    def truth(self) -> np.ndarray:
        """(K,) column of the true label in `known`."""
        return np.zeros(len(self.known), dtype=np.int64)

    def scores(self, temperature: float) -> Scores:
        """The scores that the threshold is compared with, of both kinds of list."""
        return Scores(
            known=_assurance(self.known, self.known_rivals, temperature),
            right=self.known.argmax(axis=1) == 0,
            unknown=_assurance(self.unknown, self.unknown_rivals, temperature),
        )


def draw_lists(scans: LabelledScans, length: int, rng: np.random.Generator) -> ListedScans:
    """Random lists of `length` labels for every scan; where its truth is -1, every list is one without its label.

    Args:
        length: 2 to L. Below L, few scans get up to four lists each, so that chance plays a smaller part.
    """
    if length < scans.logits.shape[1]:
        scans = scans.take(np.repeat(np.arange(len(scans)), min(MOST_LISTS, max(1, ENOUGH // len(scans)))))
    listed = scans.truth >= 0
    own = scans.truth[listed]
    keys, others = rng.random(scans.logits.shape), scans.logits.copy()
    keys[listed, own], others[listed, own] = 2.0, -np.inf  # chosen last
    lists = np.argsort(keys, axis=1)[:, :length]
    unknown = np.take_along_axis(others, lists, axis=1)
    with_own = np.column_stack([own, lists[listed, : length - 1]])
    return ListedScans(
        np.take_along_axis(scans.logits[listed], with_own, axis=1),
        unknown,
        _competing(scans.rivals[listed], scans.near, with_own, np.ones(with_own.shape, dtype=bool)),
        _competing(scans.rivals, scans.near, lists, np.isfinite(unknown)),
    )


def _competing(rivals: np.ndarray, near: np.ndarray, lists: np.ndarray, holds: np.ndarray) -> np.ndarray:
    """Logits of the rivals, -inf where one is near a label of the scan's list.

    Args:
        rivals: (K, R).
        near: (R, L).
        lists: (K, n) indices of labels.
        holds: (K, n) bool, whether the list really has that label.
    """
    members = np.zeros((len(lists), near.shape[1]), dtype=np.float32)
    np.put_along_axis(members, lists, holds.astype(np.float32), axis=1)
    return np.where(members @ near.T.astype(np.float32) > 0, -np.inf, rivals)


def _assurance(logits: np.ndarray, rivals: np.ndarray, temperature: float) -> np.ndarray:
    """(K,) what the runtime compares with the threshold, of logits of labels (K, n) and rivals (K, R); R = 0: none compete."""
    scaled = rivals.astype(np.float64) / temperature if rivals.shape[1] else None
    return assurance(logits.astype(np.float64) / temperature, scaled)
