"""A cloud that is a few files, for the smoke test's script.

The stand-in for the command line keeps each object in a file, refuses to remove what is still in use, as the real one
does, and can be told to refuse a command.
"""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from manifests import smoke_test
from tests.lab import plan, settings

OPENSTACK = r"""#!/bin/bash
# An object is the file $CLOUD/<kind>/<id>, which holds its name; a file <id> in $CLOUD/uses/<its user's id> is in use.
set -eu
all=" $* "
printf '%s\n' "$*" >>"$CLOUD/calls"
[[ -z $REFUSE || $all != *" $REFUSE "* ]] || { echo "refused" >&2; exit 1; }
find_id() { grep -lx -- "$2" "$CLOUD/$1"/* 2>/dev/null | head -n 1 | xargs -r basename; }
use() { mkdir -p "$CLOUD/uses/$1" && touch "$CLOUD/uses/$1/$2"; }
after() {
    while [[ $1 != "$OPTION" ]]; do shift; done
    echo "$2"
}
resolve() { if [[ -e $CLOUD/$1/$2 ]]; then echo "$2"; else find_id "$1" "$2"; fi; }
kind=$1
case "$1 $2" in
    "console log") cat "$CLOUD/console" ;;
    "compute service") cat "$CLOUD/services" ;;
    "hypervisor list") cat "$CLOUD/hypervisors" ;;
    "server show") echo "ERROR No valid host was found" ;;
    "router set") use "$(find_id router "${!#}")" "$(OPTION=--external-gateway after "$@")" ;;
    "router add") use "$(find_id router "$4")" "$(find_id subnet "$5")" ;;
    "router remove") rm "$CLOUD/uses/$4/$5" ;;
    *" list")
        [[ $all != *" --external "* ]] || { cat "$CLOUD/external" 2>/dev/null || true; exit; }
        for file in "$CLOUD/$kind"/*; do
            [[ ! -e $file ]] || echo "$(basename "$file") $(cat "$file")"
        done
        ;;
    *" create")
        mkdir -p "$CLOUD/$kind"
        id=$kind-$(wc -l <"$CLOUD/calls")
        [[ $kind != image ]] || cp "$(OPTION=--file after "$@")" "$CLOUD/uploaded"
        [[ $kind != subnet ]] || use "$id" "$(resolve network "$(OPTION=--network after "$@")")"
        [[ $kind != server ]] || use "$id" "$(find_id network "$(OPTION=--network after "$@")")"
        echo "${!#}" >"$CLOUD/$kind/$id"
        [[ $all != *" --wait "* ]] || echo "Progress: 100"
        echo "$id"
        ;;
    *" delete")
        id=${!#}
        for user in "$CLOUD"/uses/*/"$id"; do
            [[ -e $user ]] || continue
            by=$(basename "$(dirname "$user")")
            # A network takes its subnets with it.
            [[ $kind == network && $by == subnet-* ]] && rm "$CLOUD/subnet/$by" && rm -r "$CLOUD/uses/$by" && continue
            echo "$id is in use by $by" >&2
            exit 1
        done
        if [[ $kind == router ]] && compgen -G "$CLOUD/uses/$id/subnet-*" >/dev/null; then
            echo "$id has interfaces" >&2
            exit 1
        fi
        rm "$CLOUD/$kind/$id"
        rm -rf "${CLOUD:?}/uses/$id"
        ;;
    *) exit 2 ;;
esac
"""


class Cloud:
    """A cloud in a directory, and the script run against it."""

    def __init__(self, root: Path) -> None:
        self.root, self.work = root / "cloud", root / "work"
        programs = root / "bin"
        for directory in (self.root, self.work, programs):
            directory.mkdir()
        (programs / "openstack").write_text(OPENSTACK)
        (programs / "openstack").chmod(stat.S_IRWXU)
        (self.root / "calls").touch()
        guest = root / "guest.img"
        guest.write_bytes(b"a guest")
        made = smoke_test.render(
            settings(),
            plan(),
            "client",
            smoke_test.Guest(guest.as_uri(), hashlib.sha256(b"a guest").hexdigest()),
            timeout=60,
        )
        (scripts := root / "scripts").mkdir()
        for name, text in made[0]["data"].items():
            (scripts / name).write_text(text)
        self.script = scripts / "smoke-test.sh"
        given = {entry["name"]: entry["value"] for entry in container(made[1])["env"]}
        self.environment = given | {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "HOME": str(self.work),
            "SCRIPTS": str(scripts),
            "MESSAGE": str(root / "message"),
            "CLOUD": str(self.root),
            "REFUSE": "",
            "POLL": "0.1",
        }
        self.says("smoke test passed")
        self.computes()

    def computes(self, services: str = "up", hypervisors: str = "up") -> None:
        """The state of compute-1 as Nova has it; compute-0 is up."""
        for file, state in {"services": services, "hypervisors": hypervisors}.items():
            lines = ["compute-0.ctlplane.example.com up", f"compute-1.ctlplane.example.com {state}"]
            (self.root / file).write_text("\n".join(lines if state else lines[:1]) + "\n")

    def says(self, text: str) -> None:
        """Put this on the instance's console."""
        (self.root / "console").write_text(f"booting\n{text}\n")

    def make(self, kind: str, name: str, identity: str) -> None:
        """An object that is there already."""
        (self.root / kind).mkdir(exist_ok=True)
        (self.root / kind / identity).write_text(f"{name}\n")

    def run(self, **environment: str) -> subprocess.CompletedProcess[str]:
        """The script, from beginning to end."""
        return subprocess.run(
            ["bash", str(self.script)],
            cwd=self.work,
            env=self.environment | environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )

    def objects(self) -> list[str]:
        """What there is, as kind and name."""
        kinds = [path for path in self.root.iterdir() if path.is_dir() and path.name != "uses"]
        return sorted(f"{kind.name} {path.read_text().strip()}" for kind in kinds for path in kind.iterdir())

    @property
    def calls(self) -> str:
        """The commands given, a line each."""
        return (self.root / "calls").read_text()

    @property
    def message(self) -> str:
        """What the container's last word is."""
        return Path(self.environment["MESSAGE"]).read_text()


def container(job: Mapping[str, Any]) -> dict[str, Any]:
    """The one container of a Job."""
    [only] = job["spec"]["template"]["spec"]["containers"]
    result: dict[str, Any] = only
    return result
