"""Derived credentials: stable, unrelated to each other, and in the format their reader takes."""

import base64

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_ssh_public_key

from manifests import osp_secret
from manifests.credentials import Credentials
from settings import Rotation
from tests.lab import SECRET, settings

# rhoso.md, S5: the union of upstream's two generators.
REFERENCE = """
AdminPassword DbRootPassword DatabasePassword BarbicanPassword BarbicanSimpleCryptoKEK CinderPassword GlancePassword
NeutronPassword NovaPassword PlacementPassword SwiftPassword CeilometerPassword MetadataSecret HeatPassword
HeatAuthEncryptionKey HeatStackDomainAdminPassword AodhPassword CloudKittyPassword DesignatePassword IronicPassword
IronicInspectorPassword ManilaPassword WatcherPassword OctaviaPassword OctaviaHeartbeatKey KeystoneOIDCClientSecret
KeystoneOIDCCryptoPassphrase AodhDatabasePassword BarbicanDatabasePassword CinderDatabasePassword
DesignateDatabasePassword GlanceDatabasePassword HeatDatabasePassword IronicDatabasePassword
IronicInspectorDatabasePassword KeystoneDatabasePassword ManilaDatabasePassword NeutronDatabasePassword
NovaAPIDatabasePassword NovaCell0DatabasePassword NovaCell1DatabasePassword OctaviaDatabasePassword
PlacementDatabasePassword
""".split()


def test_osp_secret_holds_every_key_of_the_reference_and_no_other() -> None:
    assert sorted(REFERENCE) == sorted(osp_secret.data(Credentials(SECRET)))


def test_every_password_is_different_and_the_same_on_every_run() -> None:
    data = osp_secret.data(Credentials(SECRET))
    assert len(set(data.values())) == len(data), "two services share a password"
    assert data == osp_secret.data(Credentials(SECRET))


def test_another_secret_or_version_gives_unrelated_credentials() -> None:
    one, other = osp_secret.data(Credentials(SECRET)), osp_secret.data(Credentials(SECRET[::-1]))
    assert not set(one.values()) & set(other.values())
    assert Credentials(SECRET).password("x", 1) != Credentials(SECRET).password("x", 2)


def test_a_raised_version_replaces_one_credential_and_no_other() -> None:
    before = osp_secret.data(Credentials(SECRET))
    rotated = Credentials(SECRET, settings(rotation={"MetadataSecret": 2}).rotation)
    changed = {key for key, value in osp_secret.data(rotated).items() if value != before[key]}
    assert changed == {"MetadataSecret"}
    assert rotated.key_pair("nova-migration") == Credentials(SECRET).key_pair("nova-migration")
    assert Credentials(SECRET, settings().rotation).password("x") == Credentials(SECRET).password("x")


def test_special_keys_have_the_size_their_service_demands() -> None:
    data = osp_secret.data(Credentials(SECRET))
    assert len(base64.b64decode(data["BarbicanSimpleCryptoKEK"])) == 32
    assert len(bytes.fromhex(data["HeatAuthEncryptionKey"])) == 16


def test_what_would_orphan_data_never_rotates() -> None:
    for key in ("BarbicanSimpleCryptoKEK", "HeatAuthEncryptionKey", "DbRootPassword"):
        assert osp_secret.rotation(key) is Rotation.NEVER
    assert osp_secret.rotation("KeystoneOIDCClientSecret") is Rotation.IN_PLACE
    with pytest.raises(KeyError):
        osp_secret.rotation("NoSuchPassword")


def test_a_key_pair_is_stable_and_its_halves_belong_together() -> None:
    pair = Credentials(SECRET).key_pair("computes")
    assert pair == Credentials(SECRET).key_pair("computes")
    assert pair != Credentials(SECRET).key_pair("cluster-nodes")
    private = load_pem_private_key(pair.private.encode(), None)
    public = load_ssh_public_key(pair.public.encode())
    assert private.public_key() == public
    assert pair.private.startswith("-----BEGIN EC PRIVATE KEY-----")


def test_a_fingerprint_tells_change_but_not_the_secret() -> None:
    credentials = Credentials(SECRET)
    assert credentials.fingerprint("a") == credentials.fingerprint("a") != credentials.fingerprint("b")
    assert Credentials(SECRET[::-1]).fingerprint("a") != credentials.fingerprint("a"), "guessable without the secret"


def test_credentials_do_not_show_their_secret() -> None:
    assert SECRET not in repr(Credentials(SECRET)) + str(Credentials(SECRET))
