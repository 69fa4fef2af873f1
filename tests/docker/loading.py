"""Loads the scripts under docker/, which belong to no package: in the image they stand alone."""

import importlib.util
from pathlib import Path
from types import ModuleType

REPOSITORY = Path(__file__).parents[2]
DOCKER = REPOSITORY / "docker"


def script(path: str) -> ModuleType:
    """The module of docker/`path`."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, DOCKER / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
