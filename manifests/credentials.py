"""Credentials are derived, never stored: one secret of the stack yields every password and key pair.

HKDF (RFC 5869) with a label and a version per credential. Previews are complete because nothing is random, two labs
with different secrets share nothing, and one credential rotates by raising its version alone.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from settings.rotation import Versions

_SALT = b"rhoso-lab credentials v1"
_CURVE = ec.SECP521R1()
# The order of the curve's base point (FIPS 186-5, P-521); a private key lies in 1 … order - 1.
_ORDER = int(
    "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa"
    "51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
    16,
)


@dataclass(frozen=True, slots=True)
class KeyPair:
    """An ECDSA P-521 key pair: ``private`` is PEM (SEC1), ``public`` one authorized_keys line."""

    private: str
    public: str


class Credentials:
    """Everything that is derived from one stack's ``secret``.

    ``rotation`` says which credentials were replaced. A label there is the last part of a label here: it names a key of
    some Secret, here with the Secret before it, or a key pair.
    """

    def __init__(self, secret: str, rotation: Versions | None = None) -> None:
        self._secret = secret.encode()
        self._versions = rotation.versions() if rotation is not None else {}

    def __repr__(self) -> str:
        return "Credentials(<secret>)"

    def octets(self, label: str, length: int, version: int | None = None) -> bytes:
        """``length`` bytes for ``label``; another label or version gives unrelated bytes.

        Without a ``version`` it is the one that the settings say.
        """
        if version is None:
            version = self._versions.get(label.rpartition("/")[2], 1)
        kdf = HKDF(algorithm=hashes.SHA256(), length=length, salt=_SALT, info=f"{label}:{version}".encode())
        return kdf.derive(self._secret)

    def password(self, label: str, version: int | None = None) -> str:
        """32 hex digits: the shape that upstream's generator uses for service passwords (rhoso.md, S5)."""
        return self.octets(label, 16, version).hex()

    def key_encryption_key(self, label: str, version: int | None = None) -> str:
        """Base64 of 32 bytes, as Barbican's simple crypto plugin demands."""
        return base64.b64encode(self.octets(label, 32, version)).decode()

    def key_pair(self, label: str, version: int | None = None) -> KeyPair:
        """An ssh key pair. The PEM is SEC1: OpenSSH's own format holds a random check value and differs every run."""
        # 16 bytes more than the order, so that the reduction is unbiased (FIPS 186-5, A.2.1).
        number = int.from_bytes(self.octets(label, 82, version), "big") % (_ORDER - 1) + 1
        key = ec.derive_private_key(number, _CURVE)
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
        return KeyPair(private.decode(), f"{public.decode()} {label}")

    def fingerprint(self, value: str) -> str:
        """Tells whether a secret changed without telling the secret: a keyed hash, 16 hex digits."""
        return hmac.new(self.octets("fingerprint", 32), value.encode(), hashlib.sha256).hexdigest()[:16]
