"""Puts the binary and the exporter of the backbone into the wheel, and names its platform."""

import os
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

REPOSITORY = Path(__file__).parent.parent
SCRIPTS = REPOSITORY / "scripts"
DECODERS = REPOSITORY / "extractor/imageio/internal/heif"  # under other licences
EXPORTER = ("export_efficientnet_lite.py", "efficientnet_lite.py", "legacy_torch_file.py", "write_whole.py")


class Hook(BuildHookInterface):  # type: ignore[misc]
    """Takes the binary from $HEADSTART_BINARY and the platform's tag from $HEADSTART_PLATFORM."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Adds files from outside this folder: the repository has each of them once."""
        binary, platform = os.environ["HEADSTART_BINARY"], os.environ["HEADSTART_PLATFORM"]
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform}"
        include = build_data["force_include"]
        include[binary] = "headstart/_bin/headstart"
        for name in EXPORTER:
            include[str(SCRIPTS / name)] = f"headstart/_exporter/{name}"
        for licence in DECODERS.glob("LICENSE.*"):
            include[str(licence)] = f"headstart/_bin/licences/{licence.name}"
