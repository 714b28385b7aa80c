"""Label embeddings against a slow reference: one text at a time, padded to the full context."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer

from cg3d_runtime import Bundle, BundleError, Label, LabelError
from cg3d_runtime.backends import Backend, open_backend
from cg3d_runtime.bundle.manifest import file_entry
from cg3d_runtime.labels.encoder import BATCH, TextEncoder

LABELS = [
    Label("mug", ("mug", "coffee mug", "cup")),
    Label("bowl", ("bowl",)),
    Label("tasse à café", ("tasse à café",)),
]


@pytest.fixture
def bundle(tiny_bundle: Path) -> Bundle:
    return Bundle.open(tiny_bundle)


@pytest.fixture
def session(bundle: Bundle) -> Iterator[Backend]:
    opened = open_backend(bundle, "text", "cpu")
    yield opened
    opened.close()


def slow_encode(bundle: Bundle, session: Backend, text: str) -> np.ndarray:
    ids = Tokenizer.from_file(str(bundle.directory / "tokenizer.json")).encode(text).ids
    padded = np.zeros((1, bundle.manifest.text.context_length), np.int32)
    padded[0, : len(ids)] = ids
    return session.run({"token_ids": padded, "eot": np.array([len(ids) - 1], np.int32)})["features"][0]


def slow_embed(bundle: Bundle, session: Backend, label: Label) -> np.ndarray:
    texts = [template.replace("{}", phrase) for phrase in label.phrases for template in bundle.manifest.text.templates]
    mean = sum(slow_encode(bundle, session, text) for text in texts) / len(texts)
    return np.asarray(mean / np.linalg.norm(mean))


def test_labels_as_the_slow_way_embeds_them(bundle: Bundle, session: Backend) -> None:
    matrix = TextEncoder(bundle, session).embed(LABELS)
    assert matrix.shape == (3, bundle.manifest.embedding_dim)
    assert matrix.dtype == np.float32
    assert matrix == pytest.approx(np.stack([slow_embed(bundle, session, label) for label in LABELS]), abs=1e-6)


def test_more_texts_than_a_batch_keep_their_order(bundle: Bundle, session: Backend) -> None:
    rng = np.random.default_rng(1)
    texts = ["".join(rng.choice(list("abc xyz"), size=rng.integers(1, 12))) for _ in range(BATCH * 2 + 5)]
    rows = TextEncoder(bundle, session).encode(texts)
    assert rows == pytest.approx(np.stack([slow_encode(bundle, session, text) for text in texts]), abs=1e-6)


def test_a_batch_is_as_long_as_its_longest_text(bundle: Bundle, session: Backend) -> None:
    class Watched:
        name, precision = session.name, session.precision
        seen: list[dict[str, np.ndarray]] = []  # noqa: RUF012

        def run(self, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
            self.seen.append(inputs)
            return session.run(inputs)

        def close(self) -> None: ...

    TextEncoder(bundle, Watched()).encode(["ab", "mug"])  # "ab" is two tokens, "mug" one by the merges
    (inputs,) = Watched.seen
    assert inputs["token_ids"].dtype == inputs["eot"].dtype == np.int32
    assert inputs["token_ids"].shape == (2, 4)
    assert inputs["eot"].tolist() == [2, 3]
    assert inputs["token_ids"][0, 3] == 0


def test_a_label_too_long_is_named_with_its_tokens(bundle: Bundle, session: Backend) -> None:
    label = Label("x" * 30, ("x" * 30,))
    with pytest.raises(LabelError, match=r"'a x{30}\.' has 34 tokens.*reads 32\. Shorten it"):
        TextEncoder(bundle, session).embed([LABELS[0], label])


def test_the_longest_label_that_fits(bundle: Bundle, session: Backend) -> None:
    assert TextEncoder(bundle, session).encode(["y" * 30]).shape == (1, 16)


def test_a_tokenizer_that_truncates_does_not_hide_a_long_label(
    own_bundle: Path, session: Backend, edit_manifest: Callable[[Callable[[dict[str, Any]], object]], Path]
) -> None:
    path = own_bundle / "tokenizer.json"
    cutting = Tokenizer.from_file(str(path))
    cutting.enable_truncation(8)
    cutting.enable_padding(length=12)
    cutting.save(str(path))
    edit_manifest(lambda tree: tree["files"]["tokenizer"].update(vars(file_entry(path))))
    with pytest.raises(LabelError, match="42 tokens"):
        TextEncoder(Bundle.open(own_bundle), session).encode(["x" * 40])


def test_a_tokenizer_of_another_format(
    own_bundle: Path, session: Backend, edit_manifest: Callable[[Callable[[dict[str, Any]], object]], Path]
) -> None:
    path = own_bundle / "tokenizer.json"
    path.write_text("{}")
    edit_manifest(lambda tree: tree["files"]["tokenizer"].update(vars(file_entry(path))))
    with pytest.raises(BundleError, match=r"tokenizer\.json cannot be read"):
        TextEncoder(Bundle.open(own_bundle), session)
