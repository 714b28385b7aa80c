"""The ROS 2 package cg3d_ros, as colcon builds it."""

from pathlib import Path

from setuptools import setup

NAME = "cg3d_ros"


def files(folder: str) -> tuple[str, list[str]]:
    """The files of a folder, and where they go."""
    return f"share/{NAME}/{folder}", sorted(str(path) for path in Path(folder).iterdir())


setup(
    name=NAME,
    version="0.2.0",
    description="Names the objects that depth cameras and lidars see, with any words",
    license="Apache-2.0",
    packages=[NAME],
    data_files=[
        ("share/ament_index/resource_index/packages", [f"resource/{NAME}"]),
        (f"share/{NAME}", ["package.xml"]),
        files("config"),
        files("launch"),
    ],
    # Where ROS has its distributions for Python, cg3d-runtime comes from pip: package.xml cannot name it.
    install_requires=["setuptools"],
    zip_safe=True,
    entry_points={
        "console_scripts": [
            "detector = cg3d_ros.entry:detector",
            "recogniser = cg3d_ros.entry:recogniser",
        ]
    },
)
