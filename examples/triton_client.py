#!/usr/bin/env python3
"""Names scans with a Triton server, several at a time; prints one JSON object a line, in the order of the scans.

    pip install "tritonclient[grpc]"
    python examples/triton_client.py examples/scans/*.ply --labels mug,bowl,bottle

The server has a model repository that `cg3d triton` wrote. Its instances answer side by side, so one scan after the other would
leave all but one idle; --at-once keeps them busy.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path

import numpy as np
import tritonclient.grpc.aio as triton
from tritonclient.utils import InferenceServerException


def main() -> int:
    """Exit status 0: every scan was answered; 1: some were not."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scans", nargs="+", type=Path)
    parser.add_argument("--url", default="localhost:8001", help="of the server's gRPC port (default: localhost:8001)")
    parser.add_argument("--labels", default="", help="words joined by commas (default: those of the server)")
    parser.add_argument("--at-once", type=int, default=8, help="scans in flight (default: 8)")
    parser.add_argument("--timeout", type=float, default=30.0, help="seconds for each (default: 30)")
    return asyncio.run(name_all(parser.parse_args()))


async def name_all(options: argparse.Namespace) -> int:
    labels = [word.strip() for word in options.labels.split(",") if word.strip()]
    room = asyncio.Semaphore(options.at_once)
    async with triton.InferenceServerClient(options.url) as client:

        async def name(scan: Path) -> str:
            async with room:
                try:
                    return await answer(client, scan, labels, options.timeout)
                except (OSError, InferenceServerException) as error:
                    said = error.message() if isinstance(error, InferenceServerException) else str(error)
                    return json.dumps({"file": str(scan), "error": said})

        failed = False
        for asked in [asyncio.create_task(name(scan)) for scan in options.scans]:
            line = await asked
            print(line, flush=True)
            failed |= "error" in json.loads(line)
    return int(failed)


async def answer(client: triton.InferenceServerClient, scan: Path, labels: list[str], timeout: float) -> str:
    """The JSON of one scan's answer."""
    inputs = [text("scan", [scan.read_bytes()]), text("name", [str(scan).encode()])]
    if labels:
        inputs.append(text("labels", [label.encode() for label in labels]))
    result = await client.infer("cg3d", inputs, client_timeout=timeout)
    return result.as_numpy("answer")[0].decode()


def text(name: str, values: list[bytes]) -> triton.InferInput:
    tensor = triton.InferInput(name, [len(values)], "BYTES")
    tensor.set_data_from_numpy(np.array(values, dtype=np.object_))
    return tensor


if __name__ == "__main__":
    sys.exit(main())
