"""A bill of materials: a wheel, and all that it needs, as CycloneDX JSON."""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime, timezone
from pathlib import Path

from cyclonedx.factory.license import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from supply_chain.dependencies import Package, project, tree
from supply_chain.licences import licence_of


def bill(name: str, wheel: Path, epoch: int) -> str:
    """The bill of one of our wheels, as JSON.

    Args:
        name: of the distribution.
        wheel: its file; the digest of it makes the serial number, so that the same wheel and packages give the same bill.
        epoch: seconds since 1970, for the time of its making.
    """
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    root = _component(name, str(project(name)["version"]), "Apache-2.0")
    root.hashes.add(HashType(alg=HashAlgorithm.SHA_256, content=digest))
    made = Bom(serial_number=uuid.uuid5(uuid.NAMESPACE_OID, digest))
    made.metadata.timestamp = datetime.fromtimestamp(epoch, tz=timezone.utc)
    made.metadata.component = root
    packages = tree(name)
    components = {package.name: _of_package(package) for package in packages}
    for package in packages:
        made.components.add(components[package.name])
        made.register_dependency(components[package.name], [components[n] for n in package.needs if n in components])
    made.register_dependency(root, [components[package.name] for package in packages])
    return JsonV1Dot6(made).output_as_string(indent=2) + "\n"


def _of_package(package: Package) -> Component:
    component = _component(package.name, package.version, licence_of(package))
    for extra in package.extras:
        component.properties.add(Property(name="cg3d:extra", value=extra))
    return component


def _component(name: str, version: str | None, licence: str | None) -> Component:
    return Component(
        name=name,
        version=version,
        type=ComponentType.LIBRARY,
        bom_ref=f"{name}=={version}" if version else name,
        purl=PackageURL("pypi", name=name, version=version),
        licenses=[LicenseFactory().make_from_string(licence)] if licence else [],
    )
