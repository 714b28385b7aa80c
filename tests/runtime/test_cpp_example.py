"""The C++ example, built as its README says: prepared points and scores are Python's, and bad input gives one line."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cg3d_runtime import Bundle, PointCloud, Recognizer, read_scan
from cg3d_runtime.bundle import BUNDLE_IN_WHEEL
from cg3d_runtime.choices import UP_AXES
from cg3d_runtime.preparation.prepare import prepare

pytestmark = pytest.mark.slow  # compiling takes 20 s

REPOSITORY = Path(__file__).parents[2]
SOURCE = REPOSITORY / "examples" / "cpp"
MODES = ("cg3d", "cg3d-2")
SCANS = sorted((REPOSITORY / "examples" / "scans").glob("*.ply"))
HEADER = "onnxruntime_cxx_api.h"
HEADER_FOLDERS = (
    os.environ.get("ONNXRUNTIME_INCLUDE", ""),
    "/usr/include/onnxruntime",
    "/usr/local/include/onnxruntime",
    str(REPOSITORY / "build" / "onnxruntime" / "usr" / "include" / "onnxruntime"),  # of examples/cpp/fetch_headers
)


def onnxruntime_root(folder: Path) -> Path | None:
    """Headers of the system and the library of Python's package, laid out as in Microsoft's archives."""
    include = next((path for path in HEADER_FOLDERS if path and (Path(path) / HEADER).exists()), None)
    spec = importlib.util.find_spec("onnxruntime")
    library = next(Path(spec.origin).parent.glob("capi/libonnxruntime.so*"), None) if spec and spec.origin else None
    if include is None or library is None:
        return None
    (folder / "lib").mkdir(parents=True)
    (folder / "include").symlink_to(include)
    for name in ("libonnxruntime.so", "libonnxruntime.so.1"):  # what the linker looks for, and what the loader does
        (folder / "lib" / name).symlink_to(library)
    return folder


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the programs that can be built here."""
    if missing := [tool for tool in ("cmake", "c++") if shutil.which(tool) is None]:
        pytest.skip(f"no {' and no '.join(missing)}")
    folder = tmp_path_factory.mktemp("cpp")
    root = onnxruntime_root(folder / "onnxruntime")
    option = f"-DONNXRUNTIME_ROOT={root}" if root else "-DWITH_ONNXRUNTIME=OFF"
    configured = subprocess.run(["cmake", "-S", SOURCE, "-B", folder, option], capture_output=True, text=True)
    if "nlohmann_json" in configured.stderr or "OpenSSL" in configured.stderr:
        pytest.skip("a library is missing: apt install nlohmann-json3-dev libssl-dev")
    assert configured.returncode == 0, configured.stderr
    made = subprocess.run(["cmake", "--build", folder, "--parallel", "2"], capture_output=True, text=True)
    assert made.returncode == 0, made.stdout + made.stderr
    assert "warning" not in made.stderr
    return folder


@pytest.fixture
def prepare_points(programs: Path) -> Path:
    return programs / "prepare_points"


@pytest.fixture
def cg3d_name(programs: Path) -> Path:
    if not (programs / "cg3d_name").exists():
        pytest.skip(
            f"no {HEADER}, or no libonnxruntime.so: install libonnxruntime-dev, or run examples/cpp/fetch_headers"
        )
    return programs / "cg3d_name"


@pytest.fixture
def prepare_in_cpp(prepare_points: Path, tmp_path: Path) -> Callable[..., np.ndarray]:
    def run(xyz: np.ndarray, bundle: Path = BUNDLE_IN_WHEEL, up: str = "z") -> np.ndarray:
        np.save(tmp_path / "scan.npy", np.ascontiguousarray(xyz, dtype=np.float32))
        done = subprocess.run([prepare_points, bundle, up, tmp_path / "scan.npy"], capture_output=True, check=True)
        return np.frombuffer(done.stdout, np.float32)

    return run


@pytest.fixture
def bundle_of(edit_manifest: Callable[..., Path]) -> Callable[..., Path]:
    """A function that makes a bundle of a mode of preparation."""

    def make(mode: str, points: int = 512, up: str = "y", channels: int = 3) -> Path:
        fields = {"mode": mode, "points": points, "up": up, "channels": channels, "colour_fill": 0.25}
        return edit_manifest(lambda tree: tree["prepare"].update(fields))

    return make


def in_python(xyz: np.ndarray, bundle: Path, up: str = "z") -> np.ndarray:
    return prepare(PointCloud(xyz, up=up), Bundle.open(bundle).manifest.prepare).ravel()


def assert_same_bits(found: np.ndarray, expected: np.ndarray) -> None:
    np.testing.assert_array_equal(found.view(np.uint32), expected.view(np.uint32))


def clouds() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)
    sphere = rng.standard_normal((60_000, 3)).astype(np.float32)
    sphere /= np.linalg.norm(sphere, axis=1, keepdims=True)
    strays = rng.standard_normal((20, 3), dtype=np.float32) * np.float32(6)
    wire = np.linspace(0, 1, 50_000, dtype=np.float32)[:, None] * np.float32([1, 2, 3])
    holes = sphere[:20_000].copy()
    holes[::7] = np.nan
    return {
        "a scan of a surface": sphere,
        "a wire": wire,
        "a solid": rng.random((100_000, 3), dtype=np.float32) * np.float32([1000, 10, 500]),
        "with holes": holes,
        "with strays": np.vstack([strays, sphere[:30_000]]),
        "a sparse scan": sphere[:300],
        "a sparse scan with strays": np.vstack([sphere[:300], strays[:5]]),
        "few points, which repeat": rng.random((40, 3), dtype=np.float32),
        "many copies of few": np.repeat(rng.random((300, 3), dtype=np.float32), 60, axis=0),
        "a lattice full of ties": np.stack(np.mgrid[:25, :25, :25], -1).reshape(-1, 3).astype(np.float32),
        "a far outlier": np.vstack([sphere[:15_000], np.float32([[1e6, 0, 0]])]),
    }


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", clouds())
def test_prepared_points_are_pythons_to_the_bit(
    name: str, mode: str, prepare_in_cpp: Callable[..., np.ndarray], bundle_of: Callable[..., Path]
) -> None:
    xyz, bundle = clouds()[name], bundle_of(mode)
    assert_same_bits(prepare_in_cpp(xyz, bundle), in_python(xyz, bundle))


@pytest.mark.parametrize("far", [1e5, 1e9])
def test_one_point_very_far_away_costs_no_detail(
    far: float, prepare_in_cpp: Callable[..., np.ndarray], bundle_of: Callable[..., Path]
) -> None:
    sphere, bundle = clouds()["a scan of a surface"][:30_001], bundle_of("cg3d-2")
    prepared = prepare_in_cpp(np.vstack([sphere, np.float32([[far, 0, -far]])]), bundle)
    assert_same_bits(prepared, in_python(sphere, bundle))


@pytest.mark.parametrize("points", [40, 64, 2048])
def test_a_cloud_has_fewer_points_than_the_model_as_many_or_more(
    points: int, prepare_in_cpp: Callable[..., np.ndarray], bundle_of: Callable[..., Path]
) -> None:
    xyz, bundle = clouds()["a sparse scan"][:64], bundle_of("cg3d-2", points)
    assert_same_bits(prepare_in_cpp(xyz, bundle), in_python(xyz, bundle))


@pytest.mark.parametrize("name", ["a scan of a surface", "a sparse scan", "with strays", "a lattice full of ties"])
def test_another_order_of_points_gives_the_same_bits(
    name: str, prepare_in_cpp: Callable[..., np.ndarray], bundle_of: Callable[..., Path]
) -> None:
    xyz, bundle = clouds()[name], bundle_of("cg3d-2")
    shuffled = np.random.default_rng(3).permutation(xyz)
    assert_same_bits(prepare_in_cpp(shuffled, bundle), prepare_in_cpp(xyz, bundle))


def test_neither_does_the_sign_of_zero_depend_on_the_order(
    prepare_in_cpp: Callable[..., np.ndarray], bundle_of: Callable[..., Path]
) -> None:
    flat = np.random.default_rng(4).random((300, 3), dtype=np.float32)
    flat[:, 2] = np.where(np.arange(300) % 2, np.float32(0.0), np.float32(-0.0))
    bundle = bundle_of("cg3d-2")
    assert_same_bits(prepare_in_cpp(flat[::-1], bundle), prepare_in_cpp(flat, bundle))


def test_points_too_close_for_squares_in_float32_have_a_mean(
    prepare_in_cpp: Callable[..., np.ndarray], bundle_of: Callable[..., Path]
) -> None:
    rng = np.random.default_rng(5)
    xyz = np.vstack([rng.random((300, 3)), 1e-26 * rng.random((700, 3))])
    assert np.isfinite(prepare_in_cpp(xyz, bundle_of("cg3d-2"))).all()


def test_where_no_place_is_left_between_points_they_repeat(
    prepare_in_cpp: Callable[..., np.ndarray], bundle_of: Callable[..., Path]
) -> None:
    tiny = np.random.default_rng(6).random((30, 3), dtype=np.float32) * np.float32(1e-26)
    xyz, bundle = np.vstack([tiny, np.ones((1, 3), np.float32)]), bundle_of("cg3d-2")  # the last one is a stray
    assert_same_bits(prepare_in_cpp(xyz, bundle), in_python(xyz, bundle))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("model_up", ["x", "-y", "z"])
def test_every_rotation(
    model_up: str, mode: str, prepare_in_cpp: Callable[..., np.ndarray], bundle_of: Callable[..., Path]
) -> None:
    bundle = bundle_of(mode, up=model_up, channels=6)
    xyz = np.random.default_rng(1).random((600, 3), dtype=np.float32)
    for up in UP_AXES:
        assert_same_bits(prepare_in_cpp(xyz, bundle, up), in_python(xyz, bundle, up))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("up", ["0.2,-0.9,0.4", "-3, 0, 4e0", "1e-200,1e-200,-1e-201", "1e-7,-1,2e-8", "5e300,5e300,0"])
def test_up_may_be_any_direction(
    up: str, mode: str, prepare_in_cpp: Callable[..., np.ndarray], bundle_of: Callable[..., Path]
) -> None:
    xyz, bundle = clouds()["a sparse scan"], bundle_of(mode)
    assert_same_bits(prepare_in_cpp(xyz, bundle, up), in_python(xyz, bundle, up))


@pytest.mark.parametrize(("up", "axis"), [("0,0,9.81", "z"), ("-0.0,-3e-300,0", "-y"), ("1e-320,0,1e300", "z")])
def test_a_direction_along_an_axis_gives_the_bits_of_the_axis(
    up: str, axis: str, prepare_in_cpp: Callable[..., np.ndarray], bundle_of: Callable[..., Path]
) -> None:
    xyz, bundle = clouds()["a sparse scan"], bundle_of("cg3d-2")
    assert_same_bits(prepare_in_cpp(xyz, bundle, up), prepare_in_cpp(xyz, bundle, axis))


@pytest.mark.parametrize("up", ["auto", "", "w", "1,2", "1,2,3,4", "1;2;3", "nan,0,1", "inf,0,0", "0,0,0"])
def test_what_is_no_direction(up: str, prepare_points: Path) -> None:
    done = subprocess.run([prepare_points, BUNDLE_IN_WHEEL, up, "scan.npy"], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("prepare_points: up must be ")
    assert done.stderr.count("\n") == 1


def test_too_few_points_are_told_with_the_strays(
    prepare_points: Path, bundle_of: Callable[..., Path], tmp_path: Path
) -> None:
    alone = np.float32([[9, 0, 0], [0, 9, 0], [-9, 5, 9]])
    near = np.random.default_rng(2).random((15, 3), dtype=np.float32)
    np.save(tmp_path / "scan.npy", np.vstack([near, alone]))
    command = [prepare_points, bundle_of("cg3d-2"), "z", tmp_path / "scan.npy"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert "15 distinct finite points and 3 that lie alone left of 18; at least 16 are needed" in done.stderr


def labels_for_cpp(folder: Path, lines: str, bundle: Path = BUNDLE_IN_WHEEL) -> Path:
    """A label list, as export_labels.py writes it."""
    (folder / "labels.txt").write_text(lines)
    export = [sys.executable, SOURCE / "export_labels.py", bundle, folder / "labels.txt", folder / "robot.npy"]
    subprocess.run(export, check=True, capture_output=True)
    return folder / "robot.npy"


def assert_pythons(said: str, file: Path, recognizer: Recognizer, units: str | None = None) -> None:
    """What is told is what Python tells, to a millionth; what is not told is missing, not false."""
    answer, expected = json.loads(said), json.loads(recognizer(file, units=units).to_json())
    assert [each["label"] for each in answer["top"]] == [each["label"] for each in expected["top"]]
    scores = [[each["score"] for each in tree["top"]] for tree in (answer, expected)]
    np.testing.assert_allclose(*scores, atol=1e-6)
    assert answer["score"] == answer["top"][0]["score"]
    told = ("file", "label", "unknown", "points", "backend", "precision")
    assert {key: answer[key] for key in told} == {key: expected[key] for key in told}
    assert answer.get("nearer") == expected.get("nearer")
    assert set(answer) <= set(expected)


LISTS = {
    "the list of the examples": (REPOSITORY / "examples" / "labels.txt").read_text(),
    "strangers": "pipette\nbeaker\npetri dish\nFOUP\ne-stop button\n",
    "some of them": "mug\nhammer\nspoon @ 12-20 cm\n",
    "one": "sofa\n",
}


@pytest.mark.parametrize("units", [None, "m", "cm"])
@pytest.mark.parametrize("name", LISTS)
def test_answers_are_pythons(name: str, units: str | None, cg3d_name: Path, tmp_path: Path) -> None:
    labels = labels_for_cpp(tmp_path, LISTS[name])
    files = [tmp_path / f"{scan.stem}.npy" for scan in SCANS]
    for scan, file in zip(SCANS, files, strict=True):
        np.save(file, read_scan(scan).xyz)
    option = ["--units", units] if units else []
    command = [cg3d_name, *option, BUNDLE_IN_WHEEL, labels, "z", *files, tmp_path / "gone.npy"]
    done = subprocess.run(command, capture_output=True, text=True)
    said = done.stdout.splitlines()
    assert done.returncode == 1  # for the last one
    gone = {"file": str(tmp_path / "gone.npy"), "error": f"{tmp_path / 'gone.npy'}: cannot be read."}
    assert json.loads(said.pop()) == gone
    unknown = 0
    with Recognizer.open(tmp_path / "labels.txt", backend="cpu") as recognizer:
        for file, line in zip(files, said, strict=True):
            assert_pythons(line, file, recognizer, units)
            unknown += json.loads(line)["unknown"]
    if name == "strangers":
        assert unknown > 5


PAINTS = np.float32([[0.8, 0.68, 0.1], [0.85, 0.45, 0.1], [0.31, 0.12, 0.16], [0.9, 0.9, 0.88], [0.1, 0.2, 0.7]])


@pytest.mark.parametrize("full", [1, 255])
def test_colours_count_as_in_python(full: int, cg3d_name: Path, tmp_path: Path) -> None:
    """Painted at random, and by halves; pixels without a place keep a colour that does not count; grey is no colour."""
    labels = labels_for_cpp(tmp_path, "lemon\nplum\nred mug\nblue mug\nmug\nbowl\norange\nbottle\n")
    rng, files = np.random.default_rng(5), []
    for number, scan in enumerate(SCANS):
        xyz = read_scan(scan).xyz
        rgb = PAINTS[rng.integers(0, len(PAINTS), 2)][rng.integers(0, 2, len(xyz))] * rng.uniform(0.5, 1, (len(xyz), 1))
        if number == 1:
            rgb[:] = 0.5
        if number == 2:
            xyz[::3], rgb[::3] = np.nan, (0, 1, 0)
        files.append(tmp_path / f"{scan.stem}.npy")
        np.save(files[-1], np.hstack([xyz, np.round(rgb * full) if full > 1 else rgb]).astype(np.float32))
    for option, counts in (([], True), (["--no-colour"], False)):
        command = [cg3d_name, *option, BUNDLE_IN_WHEEL, labels, "z", *files]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
        with Recognizer.open(tmp_path / "labels.txt", backend="cpu", colour=counts) as recognizer:
            for file, line in zip(files, said, strict=True):
                assert_pythons(line, file, recognizer)


def test_normals_and_other_numbers_are_no_colours(cg3d_name: Path, tmp_path: Path) -> None:
    labels = labels_for_cpp(tmp_path, "red mug\nblue mug\n")
    xyz = read_scan(SCANS[0]).xyz
    normals = np.abs(xyz) / np.linalg.norm(xyz, axis=1, keepdims=True)
    tables = {"normals": normals, "signed": -normals, "large": normals * 1000, "intensity": normals[:, :1]}
    for name, columns in tables.items():
        np.save(tmp_path / f"{name}.npy", np.hstack([xyz, columns]).astype(np.float32))
    files = [tmp_path / f"{name}.npy" for name in tables]
    said = subprocess.run([cg3d_name, BUNDLE_IN_WHEEL, labels, "z", *files], capture_output=True, text=True).stdout
    with Recognizer.open(tmp_path / "labels.txt", backend="cpu") as recognizer:
        for file, line in zip(files, said.splitlines(), strict=True):
            assert_pythons(line, file, recognizer)


def test_more_columns_are_refused_where_colours_count(cg3d_name: Path, tmp_path: Path) -> None:
    labels = labels_for_cpp(tmp_path, "mug\nbowl\n")
    np.save(tmp_path / "scan.npy", np.random.default_rng(0).random((200, 7), dtype=np.float32))
    command = [BUNDLE_IN_WHEEL, labels, "z", tmp_path / "scan.npy"]
    done = subprocess.run([cg3d_name, *command], capture_output=True, text=True)
    assert "six columns, x, y, z, r, g and b; it has 7. Give these six, three, or --no-colour." in done.stdout
    subprocess.run([cg3d_name, "--no-colour", "--units", "m", *command], capture_output=True, check=True)


def test_without_a_threshold_nothing_is_unknown(
    cg3d_name: Path, own_bundle: Path, edit_manifest: Callable[..., Path], tmp_path: Path
) -> None:
    bundle = edit_manifest(lambda tree: tree.update(confidence=None))
    labels = labels_for_cpp(tmp_path, "mug\nbowl\n", bundle)
    np.save(tmp_path / "scan.npy", read_scan(SCANS[0]).xyz)
    done = subprocess.run([cg3d_name, bundle, labels, "z", tmp_path / "scan.npy"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with Recognizer.open(["mug", "bowl"], bundle, backend="cpu") as recognizer:
        assert_pythons(done.stdout, tmp_path / "scan.npy", recognizer)


def test_pixels_without_a_return_are_dropped_as_in_python(cg3d_name: Path, tmp_path: Path) -> None:
    labels = labels_for_cpp(tmp_path, LISTS["the list of the examples"])
    xyz = read_scan(SCANS[0]).xyz + np.float32([0, 0, 1])
    np.save(tmp_path / "zeros.npy", np.vstack([xyz, np.zeros((len(xyz) // 4, 3), np.float32)]))
    np.save(tmp_path / "one.npy", np.vstack([xyz, np.zeros((1, 3), np.float32)]))
    np.save(tmp_path / "nan.npy", np.vstack([xyz, np.full((500, 3), np.nan, np.float32)]))
    files = [tmp_path / f"{name}.npy" for name in ("zeros", "one", "nan")]
    done = subprocess.run([cg3d_name, BUNDLE_IN_WHEEL, labels, "z", *files], capture_output=True, text=True)
    with Recognizer.open(tmp_path / "labels.txt", backend="cpu") as recognizer:
        for file, line in zip(files, done.stdout.splitlines(), strict=True):
            assert_pythons(line, file, recognizer)


@pytest.mark.parametrize("place", [(-1, -1, -1), (0, 0, 5), (-9999, -9999, -9999)])
def test_what_python_might_drop_is_refused_not_answered_otherwise(
    place: tuple[float, ...], cg3d_name: Path, tmp_path: Path
) -> None:
    labels = labels_for_cpp(tmp_path, "mug\nbowl\n")
    xyz = read_scan(SCANS[0]).xyz
    np.save(tmp_path / "scan.npy", np.vstack([xyz, np.tile(np.float32(place), (len(xyz) // 10, 1))]))
    done = subprocess.run(
        [cg3d_name, BUNDLE_IN_WHEEL, labels, "z", tmp_path / "scan.npy"], capture_output=True, text=True
    )
    assert "many points lie at one place, which may stand for no measurement" in json.loads(done.stdout)["error"]


def test_colours_are_refused_by_a_model_that_sees_them(
    cg3d_name: Path, bundle_of: Callable[..., Path], tmp_path: Path
) -> None:
    bundle = bundle_of("cg3d-2", 64, channels=6)
    labels = labels_for_cpp(tmp_path, "mug\nbowl\n", bundle)
    np.save(tmp_path / "scan.npy", np.random.default_rng(0).random((200, 6), dtype=np.float32))
    done = subprocess.run([cg3d_name, bundle, labels, "z", tmp_path / "scan.npy"], capture_output=True, text=True)
    assert "this model sees colour, which this program does not read" in json.loads(done.stdout)["error"]


def test_labels_of_another_bundle_are_refused(cg3d_name: Path, own_bundle: Path, tmp_path: Path) -> None:
    labels = labels_for_cpp(tmp_path, "mug\nbowl\n", own_bundle)
    done = subprocess.run([cg3d_name, BUNDLE_IN_WHEEL, labels, "z", "scan.npy"], capture_output=True, text=True)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "robot.npy: not labels of this bundle" in done.stderr


def test_nothing_is_written_into_the_users_home(cg3d_name: Path, own_bundle: Path, tmp_path: Path) -> None:
    """ONNX Runtime 1.29 and later leave a device id there, and call home, unless they are told not to."""
    labels = labels_for_cpp(tmp_path, "mug\nbowl\n", own_bundle)
    np.save(tmp_path / "scan.npy", np.random.default_rng(0).random((200, 3), dtype=np.float32))
    (tmp_path / "home").mkdir()
    environment = {"HOME": str(tmp_path / "home"), "PATH": os.environ["PATH"]}
    command = [cg3d_name, own_bundle, labels, "z", tmp_path / "scan.npy"]
    subprocess.run(command, env=environment, capture_output=True, check=True)
    assert list((tmp_path / "home").iterdir()) == []


def test_it_does_not_start_where_a_signature_is_required(prepare_points: Path, tmp_path: Path) -> None:
    environment = os.environ | {"CG3D_REQUIRE_SIGNATURE": "fleet.pub.pem"}
    command = [prepare_points, BUNDLE_IN_WHEEL, "z", "scan.npy"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 2
    assert "this program verifies no signatures" in done.stderr


def test_an_altered_graph_is_refused(cg3d_name: Path, own_bundle: Path, tmp_path: Path) -> None:
    labels = labels_for_cpp(tmp_path, "mug\nbowl\n", own_bundle)
    graph = own_bundle / "points.fp32.onnx"
    graph.write_bytes(graph.read_bytes()[:-1] + b"\0")
    done = subprocess.run([cg3d_name, own_bundle, labels, "z", "scan.npy"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "points.fp32.onnx: not the bytes that the manifest promises" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("file", ["../own/../outside.onnx", "link.onnx"])
def test_a_graph_outside_the_bundle_is_refused(
    file: str, cg3d_name: Path, own_bundle: Path, edit_manifest: Callable[..., Path], tmp_path: Path
) -> None:
    labels = labels_for_cpp(tmp_path, "mug\nbowl\n", own_bundle)
    bundle = edit_manifest(lambda tree: tree["graphs"]["points"]["fp32"].update(file=file))
    shutil.copy(bundle / "points.fp32.onnx", tmp_path / "outside.onnx")
    (bundle / "link.onnx").symlink_to(tmp_path / "outside.onnx")
    command = [cg3d_name, bundle, labels, "z", "scan.npy"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert f'names "{file}", which leads out of it' in done.stderr


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda tree: tree.update(format=3), "format 3; this program reads 1 and 2"),
        (lambda tree: tree["prepare"].update(mode="cg3d-official"), 'prepare.mode "cg3d-official" is not known here'),
        (lambda tree: tree["prepare"].update(mode="cg3d-3"), 'only "cg3d" and "cg3d-2"; use the Python runtime'),
        (lambda tree: tree["prepare"].update(up="0.6,0.8,0"), "prepare.up must be x, y, z, -x, -y or -z"),
        (lambda tree: tree.pop("prepare"), "prepare"),
    ],
)
def test_bundles_that_it_cannot_read(
    change: Callable[[dict], object], said: str, prepare_points: Path, edit_manifest: Callable[..., Path]
) -> None:
    done = subprocess.run([prepare_points, edit_manifest(change), "z", "scan.npy"], capture_output=True, text=True)
    assert done.returncode == 2
    assert said in done.stderr


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.zeros((20, 3)), "a C-ordered float32 array of two dimensions is needed"),
        (np.asfortranarray(np.ones((20, 3), np.float32)), "a C-ordered float32 array"),
        (np.zeros((20, 2), np.float32), "a scan needs three columns"),
        (np.zeros((20, 3), np.float32), "1 distinct finite points left of 20"),
        (np.zeros((0, 3), np.float32), "0 distinct finite points left of 0"),
        (np.float32([[3e38, 0, 0], [-3e38, 0, 0]] * 10), "span more than float32 can hold"),
    ],
)
def test_scans_that_it_cannot_read(array: np.ndarray, said: str, prepare_points: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "scan.npy", array)
    done = subprocess.run([prepare_points, BUNDLE_IN_WHEEL, "z", tmp_path / "scan.npy"], capture_output=True, text=True)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_header_that_claims_too_much_costs_nothing(prepare_points: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "scan.npy", np.zeros((20, 3), np.float32))
    content = (tmp_path / "scan.npy").read_bytes().replace(b"(20, 3), }        ", b"(9999999999, 3), }")
    (tmp_path / "scan.npy").write_bytes(content)
    done = subprocess.run([prepare_points, BUNDLE_IN_WHEEL, "z", tmp_path / "scan.npy"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "scan.npy: is cut short" in done.stderr


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_pipes_are_not_waited_for_and_names_are_printed_as_escapes(cg3d_name: Path, tmp_path: Path) -> None:
    labels = labels_for_cpp(tmp_path, "mug\nbowl\n")
    os.mkfifo(pipe := tmp_path / "\x1b[2J\u202e.npy")
    command = [cg3d_name, BUNDLE_IN_WHEEL, labels, "z", pipe]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert done.stdout.strip().isprintable()
    assert json.loads(done.stdout) == {"file": str(pipe), "error": f"{pipe}: cannot be read."}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "usage: export_labels.py BUNDLE LABELS.txt OUT.npy"),
        (["nowhere", "labels.txt", "out.npy"], "export_labels: nowhere: no bundle can be read there"),
        ([BUNDLE_IN_WHEEL, "gone.txt", "out.npy"], "export_labels: gone.txt: no label list can be read there"),
    ],
)
def test_labels_that_cannot_be_exported_are_one_line(arguments: list[str], said: str, tmp_path: Path) -> None:
    command = [sys.executable, SOURCE / "export_labels.py", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith(said)
