"""Reliability, temperature, threshold and label lists on scores whose answers are known in closed form."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cg3d_calibration.candidate_labels import distinct_labels
from cg3d_calibration.label_lists import draw_lists
from cg3d_calibration.labelled_scans import LabelledScans
from cg3d_calibration.measured_fit import halves, measured_fit
from cg3d_calibration.reliability import (
    brier_score,
    equal_mass_bins,
    equal_width_bins,
    expected_calibration_error,
    fit_temperature,
    negative_log_likelihood,
    reliability,
    softmax_scores,
)
from cg3d_calibration.unknown import Scores, auroc, balanced, curve, rates, threshold_that_keeps
from cg3d_runtime.errors import DataError
from cg3d_runtime.labels import Label
from cg3d_runtime.labels.rivals import Rivals
from cg3d_runtime.labels.vocabulary import Vocabulary

LOGITS = arrays(np.float64, (6, 4), elements=st.floats(-30, 30, width=32))
SCORES = arrays(np.float64, st.integers(20, 60), elements=st.floats(0, 1, width=32))


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def two_labels(right: int, wrong: int, gap: float) -> tuple[np.ndarray, np.ndarray]:
    """Answers that all have the same lead in logits; some are wrong."""
    logits = np.tile([gap, 0.0], (right + wrong, 1))
    return logits, np.repeat([0, 1], [right, wrong])


def scans_of(
    logits: np.ndarray, truth: np.ndarray, rivals: np.ndarray | None = None, near: np.ndarray | None = None
) -> LabelledScans:
    """Two scans each of some objects, whole and partial."""
    scans, labels = logits.shape
    return LabelledScans(
        logits=logits,
        rivals=np.zeros((scans, 0)) if rivals is None else rivals,
        near=np.zeros((0, labels), dtype=bool) if near is None else near,
        truth=truth,
        kinds=np.resize(["whole", "partial"], scans),
        ids=np.array([f"o{scan // 2}" for scan in range(scans)]),
        lengths=np.full(scans, np.nan),
        labels=tuple(map(str, range(labels))),
        backend="onnxruntime-cpu",
        precision="fp32",
    )


def some_scans(
    objects: int = 80, labels: int = 12, noise: float = 1.5, seed: int = 0, rivals: int = 0
) -> LabelledScans:
    """Two scans each of random objects; logits are noise, and more for the true label. A rival is near one label."""
    rng = np.random.default_rng(seed)
    truth = np.repeat(rng.integers(0, labels, objects), 2)
    logits = 8 * (3 * np.eye(labels)[truth] + noise * rng.standard_normal((2 * objects, labels)))
    others = 8 * noise * rng.standard_normal((2 * objects, rivals))
    return scans_of(logits, truth, others, np.arange(rivals)[:, None] == np.arange(labels))


def test_calibration_error_by_hand() -> None:
    confidence = np.array([0.1, 0.15, 0.95, 0.85, 0.9])
    right = np.array([True, False, True, False, True])
    wide = equal_width_bins(confidence, right, 2)
    assert [(bin.scans, round(bin.confidence, 6), round(bin.accuracy, 6)) for bin in wide] == [
        (2, 0.125, 0.5),
        (3, 0.9, 0.666667),
    ]
    assert expected_calibration_error(wide) == pytest.approx((2 * 0.375 + 3 * (0.9 - 2 / 3)) / 5)
    even = equal_mass_bins(confidence, right, 2)
    assert [bin.scans for bin in even] == [3, 2]
    assert expected_calibration_error(even) == pytest.approx((3 * abs(1.1 / 3 - 1 / 3) + 2 * abs(0.925 - 1.0)) / 5)


def test_a_score_on_a_border_belongs_to_the_bin_below() -> None:
    bins = equal_width_bins(np.array([0.0, 0.2, 0.20001, 1.0]), np.ones(4, dtype=bool), 5)
    assert [bin.scans for bin in bins] == [2, 1, 1]


def test_brier_and_likelihood_by_hand() -> None:
    scores, truth = np.array([[0.7, 0.2, 0.1], [0.5, 0.25, 0.25]]), np.array([0, 2])
    assert brier_score(scores, truth) == pytest.approx(((0.3**2 + 0.2**2 + 0.1**2) + (0.5**2 + 0.25**2 + 0.75**2)) / 2)
    assert negative_log_likelihood(np.log(scores), truth, 1.0) == pytest.approx(-(np.log(0.7) + np.log(0.25)) / 2)


@pytest.mark.parametrize(("right", "gap"), [(75, 8.0), (90, 2.0), (60, 0.1)])
def test_temperature_has_its_closed_form(right: int, gap: float) -> None:
    """Of two labels, a share p right at a lead of g: sigmoid(g / T) = p, so T = g / log(p / (1 - p))."""
    logits, truth = two_labels(right, 100 - right, gap)
    assert fit_temperature(logits, truth) == pytest.approx(gap / np.log(right / (100 - right)), rel=1e-4)
    fitted = reliability(logits, truth, fit_temperature(logits, truth))
    assert fitted.confidence == pytest.approx(right / 100, rel=1e-4)
    assert fitted.ece == pytest.approx(0, abs=1e-4)


def test_temperature_finds_what_the_labels_were_drawn_with() -> None:
    rng = np.random.default_rng(0)
    logits = 20 * rng.standard_normal((20_000, 5))
    scores = softmax_scores(logits, 7.0)
    truth = (scores.cumsum(axis=1) < rng.random((len(scores), 1))).sum(axis=1).clip(0, 4)
    assert fit_temperature(logits, truth) == pytest.approx(7.0, rel=0.03)
    assert reliability(logits, truth, 7.0).ece < 0.01 < reliability(logits, truth, 1.0).ece


def test_temperature_refuses_what_has_no_minimum() -> None:
    with pytest.raises(DataError, match=r"all 30 answers .* are right.*Calibrate on more scans"):
        fit_temperature(*two_labels(30, 0, 5.0))
    with pytest.raises(DataError, match=r"the 30 answers .* no better than guesses.*cg3d eval"):
        fit_temperature(*two_labels(10, 20, 5.0))


@given(LOGITS, st.floats(0.05, 50))
def test_temperature_never_changes_the_answer(logits: np.ndarray, temperature: float) -> None:
    scores = softmax_scores(logits, temperature)
    assert scores.sum(axis=1) == pytest.approx(1)
    best = logits.argmax(axis=1)
    assert (scores[np.arange(6), best] == scores.max(axis=1)).all()


@given(LOGITS, st.floats(0.05, 50), st.floats(1.01, 10))
def test_best_score_falls_as_temperature_rises(logits: np.ndarray, temperature: float, factor: float) -> None:
    cooler, warmer = (softmax_scores(logits, t).max(axis=1) for t in (temperature, temperature * factor))
    assert (warmer <= cooler + 1e-12).all()
    assert (warmer >= 1 / 4 - 1e-12).all()


@given(SCORES, st.floats(0.01, 1.0))
def test_threshold_keeps_what_was_asked_and_no_less(known: np.ndarray, keep: float) -> None:
    scores = Scores(known, np.ones(len(known), dtype=bool), known)
    threshold = threshold_that_keeps(scores, keep)
    assert (known >= threshold).mean() >= keep - 1e-9
    above = np.nextafter(threshold, 2)
    assert (known >= above).mean() < keep


def test_threshold_by_hand() -> None:
    known = np.arange(1, 101) / 100
    right = known > 0.5  # 0.51 to 1.00
    scores = Scores(known, right, np.array([0.1, 0.52, 0.535, 0.9]))
    assert threshold_that_keeps(scores, 0.9) == 0.56
    point = rates(scores, 0.56)
    shares = point.false_accepts, point.false_rejects, point.known_rejects, point.accepted_accuracy
    assert (*shares, point.wrong_answers) == (0.25, 0.1, 0.55, 1.0, 0.0)
    low = rates(scores, 0.41)
    assert (low.wrong_answers, low.accepted_accuracy) == (0.1, 5 / 6)
    assert threshold_that_keeps(scores, 1.0) == 0.51
    with pytest.raises(DataError, match=r"5 right answers among the 100 .* at least 20"):
        threshold_that_keeps(Scores(known, known > 0.95, known), 0.9)


@given(SCORES, SCORES, st.integers(0, 2**20))
@settings(max_examples=50)
def test_curve_runs_from_accept_all_to_reject(known: np.ndarray, unknown: np.ndarray, seed: int) -> None:
    right = np.random.default_rng(seed).random(len(known)) < 0.7
    points = curve(Scores(known, right, unknown))
    assert (points[0].threshold, points[0].false_accepts, points[0].false_rejects) == (0, 1, 0)
    for lower, higher in pairwise(points):
        assert higher.threshold >= lower.threshold
        assert higher.false_accepts <= lower.false_accepts
        assert higher.false_rejects >= lower.false_rejects
    best = balanced(points)
    assert best.false_accepts + best.false_rejects == min(p.false_accepts + p.false_rejects for p in points)


@given(SCORES, SCORES)
@settings(max_examples=50)
def test_auroc_is_the_share_of_pairs_in_order(positive: np.ndarray, negative: np.ndarray) -> None:
    pairs = (positive[:, None] > negative).mean() + (positive[:, None] == negative).mean() / 2
    assert auroc(positive, negative) == pytest.approx(pairs)


@pytest.mark.parametrize("length", [2, 5, 11, 12])
def test_lists_hold_what_they_promise(length: int) -> None:
    """Logits that tell scan and label apart show which labels a list holds."""
    truth = np.arange(30) % 12
    logits = np.arange(30 * 12, dtype=float).reshape(30, 12)
    lists = draw_lists(scans_of(logits, truth), length, np.random.default_rng(0))
    repeats = 1 if length == 12 else 4
    assert lists.known.shape == (30 * repeats, length)
    assert lists.unknown.shape == (30 * repeats, length)
    if length == 12:  # eleven are left without the own one
        assert np.isneginf(lists.unknown[:, -1]).all()
        lists = replace(lists, unknown=lists.unknown[:, :-1])
    for row, (known, unknown) in enumerate(zip(lists.known, lists.unknown, strict=True)):
        scan = row // repeats
        own = logits[scan, truth[scan]]
        assert known[0] == own and own not in unknown
        for listed in (known, unknown):
            assert len(set(listed)) == len(listed)
            assert set(listed) <= set(logits[scan])
    drawn = np.bincount(lists.unknown.astype(int).ravel() % 12, minlength=12)
    assert drawn.min() > 0  # every label has its turn


def test_scans_of_no_label_are_always_unknown() -> None:
    logits, truth = np.arange(12.0).reshape(3, 4), np.array([2, -1, 0])
    lists = draw_lists(scans_of(logits, truth), 4, np.random.default_rng(0))
    assert [sorted(row) for row in lists.known] == [[0, 1, 2, 3], [8, 9, 10, 11]]
    assert lists.known[:, 0].tolist() == [2, 8]
    assert sorted(lists.unknown[1]) == [4, 5, 6, 7]
    assert sorted(lists.unknown[0]) == [-np.inf, 0, 1, 3]


@pytest.mark.parametrize("length", [2, 5, 12])
def test_rivals_compete_unless_the_list_holds_their_like(length: int) -> None:
    """Parity with one list at a time; logits that tell labels apart show what a list holds."""
    scans = some_scans(rivals=20)
    lists = draw_lists(scans, length, np.random.default_rng(0))
    repeats = len(lists.known) // len(scans)
    for listed, rivals in ((lists.known, lists.known_rivals), (lists.unknown, lists.unknown_rivals)):
        for row, (logits, competing) in enumerate(zip(listed, rivals, strict=True)):
            scan = row // repeats
            held = np.isin(scans.logits[scan], logits)
            expected = [-np.inf if (scans.near[r] & held).any() else scans.rivals[scan, r] for r in range(20)]
            assert competing.tolist() == expected


def test_assurance_is_the_runtimes() -> None:
    rng = np.random.default_rng(0)
    labels, names, features = (_unit(rng.standard_normal((n, 8)).astype(np.float32)) for n in (5, 30, 6))
    rivals = Rivals(tuple(map(str, range(30))), np.concatenate([labels[:2], names[2:]]))
    words = tuple(Label(name, (name,)) for name in "abcde")
    for competing in (None, rivals):
        robot = Vocabulary(words, labels, competing and competing.apart_from(labels))
        matrix, near = (rivals.matrix, rivals.near(labels)) if competing else (names[:0], np.zeros((0, 5), dtype=bool))
        cosines = [(features @ rows.T).astype(np.float64) for rows in (labels, matrix)]
        scans = scans_of(7 * cosines[0], np.arange(6) % 5, 7 * cosines[1], near)
        found = draw_lists(scans, 5, np.random.default_rng(0)).scores(2.0).known
        assert found == pytest.approx([robot.judge(row, 3.5).assurance for row in features], rel=1e-5)


def test_rivals_tell_what_the_list_alone_cannot() -> None:
    """Half of the scans are of things outside the list: they fit a label well enough, but the rival better."""
    scans = some_scans(400, rivals=1)
    truth = np.where(np.arange(len(scans)) % 4 < 2, scans.truth, -1)
    rivals = np.where(truth < 0, 100.0, scans.rivals[:, 0])[:, None]
    strange = replace(scans, truth=truth, rivals=rivals, near=np.zeros((1, 12), dtype=bool))
    alone = replace(strange, rivals=rivals[:, :0], near=strange.near[:0])
    found = [measured_fit(each, 12, 0.95, seed=0).figures.at_threshold.false_accepts for each in (strange, alone)]
    assert found[0] < found[1] / 2


def test_labels_that_read_alike_are_one() -> None:
    words = [Label(name, (name,)) for name in ("TV stand", "mug", "tv_stand", "night-stand", "Night  Stand", "bowl")]
    kept, places = distinct_labels(words)
    assert [label.name for label in kept] == ["TV stand", "mug", "night-stand", "bowl"]
    assert places.tolist() == [0, 1, 0, 2, 2, 3]
    with pytest.raises(DataError, match=r"1 distinct label\(s\) to choose from: mug; at least 3"):
        distinct_labels([Label("mug", ("mug",)), Label("Mug", ("Mug",))])


def test_halves_share_no_object() -> None:
    scans = some_scans()
    first, second = halves(scans, seed=0)
    assert not set(first.ids) & set(second.ids)
    assert len(first) == len(second) == 80
    of_label = [np.bincount(half.truth, minlength=12) for half in (first, second)]
    assert np.abs(of_label[0] - of_label[1]).max() <= 2  # one object of two scans
    assert halves(scans, seed=1)[0].ids.tolist() != first.ids.tolist()


def test_a_fit_is_measured_on_the_other_half() -> None:
    scans = some_scans(400)
    fit = measured_fit(scans, 5, 0.95, seed=0)
    assert fit == measured_fit(scans, 5, 0.95, seed=0)
    assert fit.figures.list_length == 5
    assert fit.figures.after.accuracy == fit.figures.before.accuracy
    assert fit.figures.after.ece < fit.figures.before.ece
    assert fit.figures.after.nll < fit.figures.before.nll
    assert fit.figures.at_threshold.false_rejects == pytest.approx(0.05, abs=0.02)
    assert set(fit.kinds) == {"whole", "partial"}
    assert [each.figures.list_length for each in fit.lengths] == [5, 10, 12]
    _, second = halves(scans, seed=0)
    scans.logits[np.isin(scans.ids, second.ids)] = 0.0  # the half that measures goes blind
    blind = measured_fit(scans, 5, 0.95, seed=0)
    assert (blind.temperature, blind.threshold) == (fit.temperature, fit.threshold)
    assert blind.figures.auroc == 0.5


def test_right_answers_of_some_kinds_alone_can_be_kept() -> None:
    """Worse scans would lower the threshold; where they are not to be kept, it stays where the whole ones put it."""
    scans = some_scans(400)
    whole = scans.kinds == "whole"
    scans.logits[~whole] /= 3.0
    fit, kept = (measured_fit(scans, 5, 0.9, seed=0, kept=kinds) for kinds in ((), ("whole",)))
    assert kept.temperature == fit.temperature
    assert kept.threshold > fit.threshold
    rejects = {name: figures.at_threshold.false_rejects for name, figures in kept.kinds.items()}
    assert rejects["whole"] == pytest.approx(0.1, abs=0.03) and rejects["partial"] > 0.2
    wrong = [each.kinds["partial"].at_threshold.wrong_answers for each in (kept, fit)]
    assert wrong[0] < wrong[1]


def test_threshold_depends_on_the_length_of_the_list() -> None:
    """Why --list-length is there: more labels share the same scores."""
    fit = measured_fit(some_scans(400, labels=120), 10, 0.95, seed=0)
    thresholds = [each.own_threshold for each in fit.lengths]
    assert [each.figures.list_length for each in fit.lengths] == [10, 26, 100, 120]
    assert sorted(thresholds, reverse=True) == thresholds
    rejects = [each.figures.at_threshold.false_rejects for each in fit.lengths]
    assert sorted(rejects) == rejects and rejects[-1] > 2 * rejects[0]
