"""The schema that editors check a stack file with: current, named by every stack, and of one mind with `parse`."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError

from settings import SettingsError, parse, schema, values
from settings.catalogue import FILLED_IN

ROOT = Path(__file__).parents[2]
# What a rehearsal makes and git ignores is nobody's to edit.
STACKS = [path for path in sorted(ROOT.glob("Pulumi.*.yaml")) if not path.stem.endswith("-rehearsal")]
SCHEMA: dict[str, Any] = json.loads(schema.FILE.read_text(encoding="utf-8"))
SMALLEST: dict[str, Any] = {
    "domain": "example.com",
    "secret": "0123456789abcdef" * 2,
    "hosts": {"main": {"uri": "qemu:///system"}},
    "openshift": {"pullSecret": '{"auths": {"registry.example.com": {"auth": "dXNlcjpwYXNz"}}}'},
}
MISSING: Any = object()
CIPHERTEXT = {"secure": "v1:3jctz5b6TvMPmmZf:4gjBko1DsslQdivDdkw4MFXp8EVF"}


def changed(changes: dict[str, Any]) -> dict[str, Any]:
    """The smallest configuration with values changed at dotted paths; MISSING takes one away."""
    result = copy.deepcopy(SMALLEST)
    for path, value in changes.items():
        *sections, key = path.split(".")
        here: Any = result
        for section in sections:
            here = here.setdefault(section, {})
        if value is MISSING:
            del here[key]
        else:
            here[key] = value
    return result


def stack_file(configuration: dict[str, Any]) -> dict[str, Any]:
    return {"config": {f"rhoso-lab:{key}": value for key, value in configuration.items()}}


def faults(document: object) -> list[ValidationError]:
    return list(Draft7Validator(SCHEMA).iter_errors(document))


def place(fault: ValidationError) -> str:
    return ".".join(map(str, fault.absolute_path)).removeprefix("config.")


def words_of(fault: ValidationError) -> str:
    """The message, and those of each form that a value may have."""
    return "\n".join([fault.message, *(other.message for other in fault.context or ())])


def test_the_committed_schema_is_current() -> None:
    assert schema.FILE.read_text(encoding="utf-8") == schema.text(), "settings changed: run make schema"


def test_the_schema_is_one_itself() -> None:
    Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", STACKS, ids=lambda path: path.name)
def test_every_stack_names_the_schema_and_keeps_to_it(path: Path) -> None:
    content = path.read_text(encoding="utf-8")

    assert content.splitlines()[0] == f"# yaml-language-server: $schema={schema.FILE.relative_to(ROOT)}"
    assert [(place(fault), fault.message) for fault in faults(yaml.safe_load(content))] == []


def test_there_are_stacks_to_check() -> None:
    assert {f"Pulumi.{stack}.yaml" for stack in ("lab", "compact", "wide", "sno")} <= {path.name for path in STACKS}


GOOD: list[tuple[str, dict[str, Any]]] = [
    ("the smallest", {}),
    ("numbers and booleans as `pulumi config set` leaves them", {"generation": "2", "allowSampleSecret": "true"}),
    ("the same in a section", {"topology.workers.count": "5", "topology.hardwareFloors": "false"}),
    ("a section as `pulumi config set` leaves it", {"topology": '{"workers": {"count": 5}}'}),
    ("null where it means something", {"hosts.main.cpuMode": None, "hosts.main.domainType": "qemu"}),
    ("a network of which only the VLAN is given", {"networks.storage": {"vlan": 40}}),
    ("a block that networks are cut from", {"networks.block": "10.60.0.0/21"}),
    ("no workers", {"topology.workers": {"count": 0}}),
    ("an empty section", {"openstack": {}, "networks": {"machine": {}}}),
    ("lists", {"openshift.ntp": ["10.0.0.1", "ntp.example.com"], "openshift.capabilities.additional": ["Console"]}),
    ("a mirror", {"openshift.mirrors": [{"source": "quay.io/a", "mirrors": ["mirror.example.com:5000/a"]}]}),
    ("a service", {"openstack.services.heat": {"enabled": True, "replicas": 2}}),
]


@pytest.mark.parametrize("changes", [row[1] for row in GOOD], ids=[row[0] for row in GOOD])
def test_what_parse_accepts_the_schema_accepts(changes: dict[str, Any]) -> None:
    configuration = changed(changes)

    parse("lab", configuration)
    assert [(place(fault), words_of(fault)) for fault in faults(stack_file(configuration))] == []


BROKEN: list[tuple[str, dict[str, Any], str, str]] = [
    # what is wrong, changes, where the schema says so, words of what it says
    ("unknown key", {"domian": "x"}, "", "'rhoso-lab:domian' does not match any"),
    ("the stack as a key", {"stack": "lab"}, "", "'rhoso-lab:stack' does not match any"),
    ("unknown key of a section", {"topology.size": 3}, "rhoso-lab:topology", "'size' was unexpected"),
    ("deeper", {"topology.workers.cuont": 3}, "rhoso-lab:topology.workers", "'cuont' was unexpected"),
    ("deepest", {"openstack.services.heat.on": True}, "rhoso-lab:openstack.services.heat", "'on' was unexpected"),
    ("unknown key of a host", {"hosts.main.url": "x"}, "rhoso-lab:hosts.main", "'url' was unexpected"),
    ("snake case", {"topology.workers.memory_mib": 1}, "rhoso-lab:topology.workers", "'memory_mib' was unexpected"),
    ("no domain", {"domain": MISSING}, "", "'rhoso-lab:domain' is a required property"),
    ("no secret", {"secret": MISSING}, "", "'rhoso-lab:secret' is a required property"),
    ("no hosts", {"hosts": MISSING}, "", "'rhoso-lab:hosts' is a required property"),
    ("no OpenShift", {"openshift": MISSING}, "", "'rhoso-lab:openshift' is a required property"),
    ("no pull secret", {"openshift": {}}, "rhoso-lab:openshift", "{} is not valid under any"),
    ("no host", {"hosts": {}}, "rhoso-lab:hosts", "{}"),
    ("two hosts", {"hosts.two": {"uri": "qemu:///system"}}, "rhoso-lab:hosts", "too many properties"),
    ("a host in capitals", {"hosts": {"MAIN": {"uri": "qemu:///system"}}}, "rhoso-lab:hosts", "'MAIN' does not match"),
    ("a host without URI", {"hosts.main": {}}, "rhoso-lab:hosts.main", "'uri' is a required property"),
    ("a section as text", {"topology": "large"}, "rhoso-lab:topology", "does not match"),
    ("a section of nothing", {"networks": None}, "rhoso-lab:networks", "None is not of type"),
    ("a list as text", {"openshift.ntp": "10.0.0.1"}, "rhoso-lab:openshift.ntp", "is not of type 'array'"),
    ("words for a number", {"topology.workers.count": "ten"}, "rhoso-lab:topology.workers.count", "not of type"),
    ("yes for a number", {"topology.workers.count": True}, "rhoso-lab:topology.workers.count", "not of type 'integer'"),
    ("half a machine", {"topology.workers.count": 2.5}, "rhoso-lab:topology.workers.count", "not of type 'integer'"),
    ("too few", {"topology.masters.count": 0}, "rhoso-lab:topology.masters.count", "less than the minimum of 1"),
    (
        "too many",
        {"networks.storage.vlan": 4095},
        "rhoso-lab:networks.storage.vlan",
        "greater than the maximum of 4094",
    ),
    ("too long as text", {"networks.storage.vlan": "40950"}, "rhoso-lab:networks.storage.vlan", "does not match"),
    ("a version as a number", {"openshift.version": 4.18}, "rhoso-lab:openshift.version", "not of type 'string'"),
    ("neither true nor false", {"allowSampleSecret": "maybe"}, "rhoso-lab:allowSampleSecret", "not one of"),
    ("no stage", {"through": "openstak"}, "rhoso-lab:through", "is not one of ['networks', 'machines'"),
    ("another namespace", {"openstack.namespace": "mine"}, "rhoso-lab:openstack.namespace", "'openstack' was expected"),
    ("no range", {"networks.machine.cidr": "10.1.0.0"}, "rhoso-lab:networks.machine.cidr", "does not match"),
    ("too small a range", {"networks.storage.cidr": "10.1.0.0/25"}, "rhoso-lab:networks.storage.cidr", "not match"),
    ("domain in capitals", {"domain": "Example.com"}, "rhoso-lab:domain", "does not match"),
    ("session libvirt", {"hosts.main.uri": "qemu:///session"}, "rhoso-lab:hosts.main.uri", "does not match"),
    ("a wrong item", {"openshift.ntp": ["ntp.example.com", "a b"]}, "rhoso-lab:openshift.ntp.1", "does not match"),
    (
        "half a mirror",
        {"openshift.mirrors": [{"source": "quay.io/a"}]},
        "rhoso-lab:openshift.mirrors.0",
        "'mirrors' is a required property",
    ),
    ("a secret in clear of a wrong type", {"secret": 12345678}, "rhoso-lab:secret", "not of type 'string'"),
    (
        "a pull secret as a section",
        {"openshift.pullSecret": {"auths": {}}},
        "rhoso-lab:openshift.pullSecret",
        "'auths' was unexpected",
    ),
    ("null for text", {"domain": None}, "rhoso-lab:domain", "None is not of type 'string'"),
]


@pytest.mark.parametrize(("changes", "where", "words"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_a_broken_stack_file_is_refused_where_it_is_broken(changes: dict[str, Any], where: str, words: str) -> None:
    [fault] = faults(stack_file(changed(changes)))

    assert place(fault) == (where or "config")
    assert words in words_of(fault)


@pytest.mark.parametrize("changes", [row[1] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_what_the_schema_refuses_parse_refuses(changes: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        parse("lab", changed(changes))


PULUMIS_OWN: list[tuple[str, dict[str, Any], bool]] = [
    ("keys of its secrets", {"secretsprovider": "passphrase", "encryptedkey": "a2V5", "encryptionsalt": "v1:x"}, True),
    ("environments by name", {"environment": ["mine", "lab/shared"]}, True),
    ("an environment's definition", {"environment": {"imports": ["mine"]}}, True),
    ("an unknown key", {"encryptionsalz": "v1:x"}, False),
    ("a salt that is none", {"encryptionsalt": 1}, False),
    ("no configuration", {"config": None}, False),
]


@pytest.mark.parametrize(("changes", "good"), [row[1:] for row in PULUMIS_OWN], ids=[row[0] for row in PULUMIS_OWN])
def test_pulumis_own_keys_stand_around_the_configuration(changes: dict[str, Any], good: bool) -> None:
    assert bool(faults(stack_file(SMALLEST) | changes)) is not good


def test_a_file_without_settings_describes_no_lab() -> None:
    assert [fault.message for fault in faults({"encryptionsalt": "v1:x"})] == ["'config' is a required property"]


@pytest.mark.parametrize(
    ("key", "value", "good"),
    [
        ("pulumi:disable-default-providers", ["kubernetes"], True),
        ("libvirt:uri", "qemu:///system", True),
        ("libvirt:uri", CIPHERTEXT, True),
        ("domain", "example.com", False),
    ],
)
def test_settings_of_others_have_their_own_namespaces(key: str, value: object, good: bool) -> None:
    document = stack_file(SMALLEST)
    document["config"][key] = value

    assert bool(faults(document)) is not good


LEAVES = {path: value for path, value in values(parse("lab", SMALLEST)).items() if path not in FILLED_IN}


@pytest.mark.parametrize("path", LEAVES)
def test_every_single_value_may_be_encrypted(path: str) -> None:
    encrypted: Any = [CIPHERTEXT] if isinstance(LEAVES[path], list) else CIPHERTEXT
    if path == "openshift.mirrors":
        encrypted = [{"source": CIPHERTEXT, "mirrors": [CIPHERTEXT]}]
    if path == "openshift.existing.nodes":
        encrypted = [dict.fromkeys(("name", "nic", "mac"), CIPHERTEXT)]

    assert [(place(fault), words_of(fault)) for fault in faults(stack_file(changed({path: encrypted})))] == []


@pytest.mark.parametrize("value", [{"secure": 5}, {"secure": "v1:x", "more": "x"}, {"scure": "v1:x"}, {}])
def test_an_encrypted_value_is_its_ciphertext_and_nothing_else(value: object) -> None:
    [fault] = faults(stack_file(changed({"secret": value})))

    assert place(fault) == "rhoso-lab:secret"
