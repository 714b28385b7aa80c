"""The files of the ROS 2 packages: they name what is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from cg3d_ros.parameters import DEFAULTS, options_of, require_known

ROS2 = Path(__file__).parents[2] / "ros2"
PACKAGE = ROS2 / "cg3d_ros"
NODES = {"detector", "recogniser"}
ARGUMENT = re.compile(r"\$\(var (\w+)\)")


@pytest.mark.parametrize("file", sorted((PACKAGE / "launch").iterdir()), ids=lambda file: file.name)
def test_a_launch_file_starts_what_is_there(file: Path) -> None:
    tree = ElementTree.parse(file).getroot()
    arguments = {each.get("name") for each in tree.iter("arg")}
    assert set(ARGUMENT.findall(file.read_text())) == arguments
    nodes = [node for node in tree.iter("node") if node.get("pkg") == "cg3d_ros"]
    assert [node.get("exec") for node in nodes] == [file.name.partition(".")[0]]
    source = (PACKAGE / "cg3d_ros" / f"{nodes[0].get('exec')}.py").read_text() + (
        PACKAGE / "cg3d_ros/node.py"
    ).read_text()
    for remap in nodes[0].iter("remap"):
        assert f'"{remap.get("from")}"' in source
    for shared in re.findall(r"\$\(find-pkg-share cg3d_ros\)/([\w./]+)", file.read_text()):
        assert (PACKAGE / shared).is_file()


def test_the_parameters_file_holds_every_parameter_with_its_default() -> None:
    tree = yaml.safe_load((PACKAGE / "config" / "params.yaml").read_text())
    assert {name.removeprefix("/**/") for name in tree} == NODES
    for name, node in tree.items():
        given = node["ros__parameters"]
        require_known(given)
        options_of(given)
        assert given == {**DEFAULTS, "up": "auto" if name.endswith("detector") else "z"}


def test_the_programs_and_the_rviz_configuration_name_what_is_there() -> None:
    functions = {
        each.name for each in ast.parse((PACKAGE / "cg3d_ros/entry.py").read_text()).body if hasattr(each, "name")
    }
    programs = dict(re.findall(r'"(\w+) = cg3d_ros\.entry:(\w+)"', (PACKAGE / "setup.py").read_text()))
    assert set(programs) == NODES
    assert set(programs.values()) <= functions
    shown = yaml.safe_load((PACKAGE / "config" / "scene.rviz").read_text())["Visualization Manager"]["Displays"]
    topics = {each["Topic"]["Value"] for each in shown if "Topic" in each}
    source = (PACKAGE / "cg3d_ros" / "detector.py").read_text()
    assert all(f'"{topic.removeprefix("/")}"' in source for topic in topics)


@pytest.mark.parametrize("name", ["cg3d_ros", "cg3d_msgs"])
def test_package_xml_names_what_is_imported(name: str) -> None:
    tree = ElementTree.parse(ROS2 / name / "package.xml").getroot()
    depends = {each.text for each in tree if each.tag.endswith("depend")}
    sources = "".join(file.read_text() for file in (ROS2 / name).rglob("*") if file.suffix in (".py", ".srv", ".txt"))
    imported = re.findall(r"^(?:from|import) (\w+_msgs|rclpy)\b", sources, re.MULTILINE)
    used = {*imported, *re.findall(r"^(\w+_msgs)/", sources, re.MULTILINE)}
    assert used <= depends
    assert {each for each in depends if each.endswith("_msgs")} <= used | {"geometry_msgs"}
    assert tree.findtext("version") == "0.2.0"
