"""Scans in, labels out: the whole runtime as one object."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cg3d_runtime.answer import Answer, Candidate
from cg3d_runtime.backends import Backend, open_backend
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.errors import Cg3dError, require_whole
from cg3d_runtime.images import Pictures
from cg3d_runtime.images.encoder import embed_images
from cg3d_runtime.labels import Label, Labels
from cg3d_runtime.labels.choice import LabelChoice
from cg3d_runtime.labels.cues import Cues
from cg3d_runtime.labels.encoder import LabelEncoder
from cg3d_runtime.labels.vocabulary import Vocabulary
from cg3d_runtime.naming.namer import Namer, unknown_threshold
from cg3d_runtime.preparation.scan import Prepare, Scan, read_and_prepare, scans_of
from cg3d_runtime.scans.upward import AnyUp
from cg3d_runtime.streams.stream import Outcome, prepared_batches

if TYPE_CHECKING:
    from cg3d_runtime.scans.depth.arrays import ImageLike
    from cg3d_runtime.scenes.scene import Scene

GPU_BATCH = 32  # the CPU encodes one at a time: its caches make two at once slower than one after the other

Directory = str | os.PathLike[str]


class Opened(NamedTuple):
    """What `Recognizer.open` opens."""

    bundle: Bundle
    choice: LabelChoice
    vocabulary: Vocabulary
    namer: Namer
    embed_images: Callable[[Pictures], np.ndarray]


class Recognizer:
    """Names scans with the labels that it was opened with; may be used from several threads at once.

        with Recognizer.open(["mug", "bowl"]) as recognizer:
            answer = recognizer("scan.ply")

    Attributes:
        bundle: the opened bundle.
        backend: what really runs the point encoder.
    """

    def __init__(self, opened: Opened | object = None, *_: object, **__: object) -> None:
        """Take opened parts; `Recognizer.open` is the way to a recogniser."""
        if not isinstance(opened, Opened):
            raise Cg3dError('a recogniser is opened, not constructed: write Recognizer.open(["mug", "bowl"]).')
        self.bundle, self._choice, self._vocabulary, self._namer, self._embed_images = opened
        self.backend: Backend = self._namer.backend
        self._changing_labels = threading.Lock()

    @classmethod
    def open(
        cls,
        labels: Labels | None = None,
        bundle: Directory | None = None,
        *,
        backend: str = "auto",
        precision: str = "auto",
        threads: int | None = None,
        unknown: bool | None = None,
        size: bool = True,
        colour: bool = True,
        turns: int = 1,
        public_key: Directory | None = None,
        cuda_graph: bool = False,
        spin: bool = True,
        warm_up: bool = False,
    ) -> Recognizer:
        """Open a bundle for a list of labels.

        Args:
            labels: words, one label each, `mug: coffee mug; cup` with synonyms, or the path of a file that holds one a line.
                None: the everyday names in the bundle, none of which is then "unknown". Of a bundle with fixed labels some of
                them, or None for all.
            bundle: its directory; None means the one that CG3D_BUNDLE names, else the one inside the wheel.
            backend: auto, cpu, cuda or tensorrt. A backend asked for by name never falls back to another.
            precision: of the point encoder: auto (the most exact in the bundle), fp32, fp16 or int8.
            threads: CPU threads inside one operator; None leaves it to the inference library.
            unknown: whether to tell a scan that no label fits, by the threshold fitted for the bundle; None: where it has one.
            size: whether the length of a scan in metres counts beside its shape, where the bundle knows how long things are.
            colour: whether the colours of a scan count, for names of things that nearly always have the same, and for names
                that begin with one, as "red mug" does.
            turns: how often a scan is turned about the vertical and encoded, for the mean; 8 take eight times as long as 1.
            public_key: PEM file of the Ed25519 key that must have signed the bundle; None takes unsigned ones too.
            cuda_graph, spin: see `open_backend`. Without spinning, streams have more of the processor for preparing.
            warm_up: answer a made-up scan first, so that the first real one is as fast as the others.
        Raises:
            BundleError: no readable bundle, not signed by `public_key`, or `unknown` is True and it has no threshold.
            LabelError: no readable label list, a label too long for the text encoder, or none where the bundle holds no names.
            BackendError: the backend is not there or does not work.
        """
        if not isinstance(unknown, bool | None):
            raise Cg3dError(f"unknown must be True, False or None, got {unknown!r:.80}.")
        require_whole("turns", turns, 1)
        labels, bundle = _labels_first(labels, bundle)
        found = Bundle.open(bundle, public_key)
        threshold = unknown_threshold(found, unknown)
        choice = LabelChoice(found, LabelEncoder(found, backend, threads), threshold is not None, size, colour)
        vocabulary = choice.vocabulary(labels)
        encoder = open_backend(found, "points", backend, precision, threads, cuda_graph, spin)
        images = partial(embed_images, found, backend=backend, threads=threads)
        recognizer = cls(Opened(found, choice, vocabulary, Namer(encoder, found.manifest, threshold, turns), images))
        if warm_up:
            try:
                recognizer._warm_up()
            except BaseException:
                recognizer.close()
                raise
        return recognizer

    @property
    def labels(self) -> tuple[Label, ...]:
        """The answers it chooses from; see `set_labels`."""
        return self._vocabulary.labels

    @property
    def label_notes(self) -> dict[str, str]:
        """What is odd about its labels, by their names: words that the model does not know; most often empty."""
        return dict(self._vocabulary.notes)

    def set_labels(self, labels: Labels | None) -> None:
        """Choose from other labels from now on; only those that are new are embedded.

        Answers that are being made meanwhile keep the list that they started with. After an error the old list stays.

        Args:
            labels: as in `open`.
        Raises:
            LabelError, BackendError: as `open`.
        """
        with self._namer.lifetime, self._changing_labels:  # the list that is set last stays
            self._vocabulary = self._choice.vocabulary(labels)

    def __call__(
        self,
        scan: Scan,
        *,
        labels: Labels | None = None,
        up: AnyUp | None = None,
        units: str | None = None,
        top: int = 5,
    ) -> Answer:
        """Name one scan.

        Args:
            scan: a file, a DepthImage, a PointCloud, or an (N, 3) xyz or (N, 6) xyz and rgb in [0, 1] array.
            labels: choose from these, as in `open`, for this scan alone; None: from the recogniser's own.
            up: the direction that points up: an axis (x, y, z, -x, -y, -z), three numbers, or "auto": away from the surface
                that the object stands on, or where there is none around it, as the answer is surest. None means the scan's
                own: y for GLB, -y for a depth image without gravity, else z.
            units: of the coordinates (m, cm, mm); with it the length of the scan counts beside its shape, and one that no
                object has gets a note. None: metres where the format says so, as GLB, depth images and ROS do, else unknown.
            top: how many labels to report, fewer where the list is shorter.
        Raises:
            ScanError: the scan cannot be read, or holds too few points.
            LabelError: as `open`.
            BackendError: the device failed, or the recogniser is closed.
        """
        require_whole("top", top, 1)
        vocabulary = None if labels is None else self._listed(labels)
        prepared = read_and_prepare(scan, self.bundle.manifest.prepare, up, units)
        return self._namer.answers([prepared], vocabulary or self._vocabulary, top)[0]

    def answer_all(
        self,
        scans: Iterable[Scan],
        *,
        up: AnyUp | None = None,
        units: str | None = None,
        top: int = 5,
        workers: int = 0,
        batch: int | None = None,
        keep_clouds: bool = False,
        journal: Path | None = None,
    ) -> Generator[Outcome, None, None]:
        """Name many scans: reading and preparing them goes on while others are encoded, in bounded memory.

            for outcome in recognizer.answer_all(paths):
                print(outcome.file, outcome.answer.label if outcome.answer else outcome.error)

        Args:
            scans: any number, also without end; each is answered as soon as it has come. They are taken in another thread.
            up, units, top: as in a call.
            workers: processes that read and prepare; worth their start for a hundred scans or more. A script that uses
                them keeps its own work under `if __name__ == "__main__":`. 0: a thread of this process.
            batch: scans that are encoded at once, at most; None: 1 on the CPU and 32 on a GPU.
            keep_clouds: hand every scan on with its answer, as it was read.
            journal: a directory in which every file is noted while it is read; see `cg3d_runtime.streams.journal`.
        Returns:
            One outcome a scan, in the order of `scans`. Closing the iterator ends the work.
        Raises:
            BackendError: workers cannot start. The error of one scan is its outcome and stops no other, also where the worker
                that read it was killed.
        """
        for name, count, least in (("top", top, 1), ("workers", workers, 0), ("batch", batch or 0, 0)):
            require_whole(name, count, least)
        spec = self.bundle.manifest.prepare
        prepare: Prepare = partial(read_and_prepare, spec=spec, up=up, units=units, keep_cloud=keep_clouds)
        if journal:
            from cg3d_runtime.streams.journal import journaled

            prepare = partial(journaled, prepare, journal)
        most = batch or (1 if self.backend.name.endswith("cpu") else GPU_BATCH)
        with closing(prepared_batches(scans_of(scans), prepare, workers, most)) as batches:
            for made in batches:
                yield from self._namer.outcomes(made, self._vocabulary, top)

    def detect(
        self,
        scene: Scan,
        *,
        labels: Labels | None = None,
        find: str | None = None,
        up: AnyUp | None = None,
        units: str | None = None,
        top: int = 5,
        instances: ImageLike | None = None,
        keep_cloud: bool = False,
    ) -> Scene:
        """Find the objects of a scene, such as a table before a depth camera or a room, and name each.

        Needs the extra `scene`. Frames are looked at one by one: what is object 3 in one may be object 5 in the next.

        Args:
            scene: as the scan of a call; everything in it is looked at.
            labels: as in a call.
            find: what is looked for, such as "the mug next to the laptop"; its things count as labels. See `scenes.query`.
            up: as in a call; None or "auto": away from the largest plane that may be a floor or a table.
            units: of the coordinates (m, cm, mm); None: metres.
            top: how many labels of each object to report.
            instances: names the objects that this mask numbers instead of finding them: 0 is none. Of a depth image, an image
                or array of its size; else .npy or an array of one whole number a point.
            keep_cloud: hand the scene's points on with it, as they were read.
        Raises:
            ScanError: the scene or the mask cannot be read, or holds too few points; or SciPy is missing.
            LabelError: as a call; or a query that cannot be understood.
            BackendError: as a call.
        """
        require_whole("top", top, 1)
        from cg3d_runtime.scenes import Model, Wish, detect, parse  # SciPy would take a tenth of a start

        vocabulary = self._vocabulary if labels is None else self._listed(labels)
        query = None
        if find is not None:
            query = parse(find).called(vocabulary.labels)
            vocabulary = self._listed([*vocabulary.labels, *query.unlisted(vocabulary.labels)])
        model = Model(self._namer, vocabulary, self.bundle.manifest.prepare)
        return detect(scene, model, Wish(up, units, top, query, find, instances, keep_cloud))

    def embed(self, scans: Sequence[Scan], *, up: AnyUp | None = None) -> np.ndarray:
        """Embed scans in one batch.

        Args:
            up: as in a call; "auto" where no surface is around an object: the scan's own, since no answer tells better.
        Returns:
            (B, D) float32, unit rows in CLIP's space, in the order of `scans`.
        Raises:
            ScanError: a scan cannot be read, or holds too few points.
        """
        spec = self.bundle.manifest.prepare
        points = [read_and_prepare(scan, spec, up).points for scan in scans_of(scans)]
        if not points:
            return np.empty((0, self.bundle.manifest.embedding_dim), np.float32)
        return self._namer.embed(np.stack(points))

    def embed_text(self, texts: Iterable[str] | str) -> np.ndarray:
        """Embed words or sentences as labels are embedded: in the bundle's templates, such as "a {}".

        The text graph is opened for each call, so many texts at once are fastest; nothing is cached.

        Args:
            texts: any number; one string is one text.
        Returns:
            (n, D) float32, unit rows in CLIP's space, in the order of `texts`.
        Raises:
            LabelError: an empty text, or one too long for the text encoder.
            BundleError: the bundle's labels are fixed, so that it embeds no words.
            BackendError: the text graph cannot be opened.
        """
        return self._choice.embed([texts] if isinstance(texts, str) else texts)

    def name_embedding(
        self, embedding: np.ndarray, length: float | None = None, colours: np.ndarray | None = None
    ) -> Candidate | None:
        """Name a scan that was embedded before, among the recogniser's own labels; nothing is encoded.

        Args:
            embedding: (D,) float32, a row that `embed` or `answer_all` gave, or that a library holds.
            length: of the scan's longest side, in metres; None: unknown.
            colours: of the scan, (11,) as `colours_of` gives them; None: it has none.
        Returns:
            The best label and its score; None where it is unknown.
        """
        return self._namer.named(embedding, self._vocabulary, Cues(length, colours))

    def embed_image(self, images: Pictures) -> np.ndarray:
        """Embed pictures of things; the image graph is opened for each call, so many at once are fastest.

        Args:
            images: files, arrays of shape (H, W, 3), uint8 RGB, or images of Pillow; one is a list of one.
        Returns:
            (n, D) float32, unit rows in CLIP's space, in the order of `images`.
        Raises:
            ScanError: a picture that cannot be read, or Pillow is missing (the extra "image").
            BundleError: the bundle has no image graph.
            BackendError: the image graph cannot be opened.
        """
        return self._embed_images(images)

    def close(self) -> None:
        """Give back the device's memory, once calls under way in other threads are over; later ones raise BackendError."""
        self._namer.close()

    def __enter__(self) -> Recognizer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = f"{len(self.labels)} {'fixed ' if self._choice.is_fixed else ''}labels"
        device = f"{self.backend.name} {self.backend.precision}"
        closed = ", closed" if self._namer.lifetime.ended else ""
        return f"<Recognizer {self.bundle.manifest.name} on {device}, {state}{closed}>"

    def _listed(self, labels: Labels) -> Vocabulary:
        with self._namer.lifetime:
            return self._choice.vocabulary(labels)

    def _warm_up(self) -> None:
        """Twice: a CUDA graph is recorded when work repeats."""
        sphere = np.random.default_rng(0).standard_normal((4096, 3), dtype=np.float32)
        for _ in range(2):
            self.embed([sphere / np.linalg.norm(sphere, axis=1, keepdims=True)])


def _labels_first(labels: Labels | None, bundle: Directory | None) -> tuple[Labels | None, Directory | None]:
    """The arguments of `open`, also in the order of version 0.1, where the bundle came first."""
    if not (isinstance(labels, (str, os.PathLike)) and Bundle.is_at(labels)):
        return labels, bundle
    warnings.warn(
        f"{labels} is a bundle, and labels come first: write Recognizer.open(labels, bundle), or bundle=...",
        DeprecationWarning,
        stacklevel=3,
    )
    return bundle, labels
