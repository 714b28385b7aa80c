"""The description that is served: valid, of every path, and true of real answers."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from cg3d_runtime.serve.options import NAMES
from tests.runtime.scenes.test_detect import table
from tests.runtime.serve.conftest import Service, cloud, npy


@pytest.fixture(scope="module")
def description(service: Service) -> Any:
    return service.get("/openapi.json").told


def resolved(description: Any, node: Any) -> Any:
    while "$ref" in node:
        found = description
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def check(description: Any, schema: str, told: Any) -> None:
    validator = pytest.importorskip("jsonschema").Draft202012Validator
    validator({**description, "$ref": f"#/components/schemas/{schema}"}).validate(told)


def test_it_is_valid(description: Any) -> None:
    pytest.importorskip("openapi_spec_validator").validate(description)


def test_it_names_every_path_and_option(description: Any, service: Service) -> None:
    told = service.get("/nothing").told["error"]
    for path, methods in description["paths"].items():
        (method,) = methods
        assert f"{method.upper()} {path}" in told
    assert len(description["paths"]) == told.count("/") - told.count("//")
    for kind, names in NAMES.items():
        post = description["paths"][f"/{kind}"]["post"]
        said = {resolved(description, each)["name"] for each in post["parameters"]}
        assert said == {"name", *names}
        content = post["requestBody"]["content"]
        assert set(content["multipart/form-data"]["schema"]["properties"]) == {"scan", "name", *names}
        assert set(content["application/json"]["schema"]["properties"]) == {"points", *names}


def test_real_answers_are_as_it_says(description: Any, service: Service) -> None:
    check(description, "Answer", service.send("/recognise", npy(cloud()), units="m", up="auto").told)
    check(description, "Answer", service.send("/recognise", npy(100 * cloud()), units="m").told)
    check(description, "Scene", service.send("/detect", npy(table().astype(np.float32)), find="the mug").told)
    check(description, "Health", service.get("/health").told)
    check(description, "Error", service.ask("POST", "/search").told)
    check(description, "Error", service.send("/recognise", b"").told)
    check(description, "Error", service.get("/nothing").told)
    points = {"points": [[0, 1, 2], [1, None, 0]], "labels": ["mug"], "top": 1, "up": [0, 0, 1]}
    check(description, "Points", points["points"])
    check(description, "Labels", points["labels"])
    assert json.dumps(points)
