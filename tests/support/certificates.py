"""A certificate authority for tests, and servers' certificates of it."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


class Authority:
    """An authority of its own; `client` trusts it alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an authority")])
        own = self._issued(self._name, self._key).add_extension(x509.BasicConstraints(True, None), critical=True)
        certificate = own.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()
        self.client = ssl.create_default_context(cadata=certificate)

    def server(self, *names: str) -> ssl.SSLContext:
        """Return what a server that is called `names` offers."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._issued(x509.Name([]), key).add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=True
        )
        certificate = builder.sign(self._key, hashes.SHA256())
        path = self._folder / f"{names[0]}.pem"
        path.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            + certificate.public_bytes(Encoding.PEM)
        )
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(path)
        return context

    def _issued(self, name: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return x509.CertificateBuilder(
            self._name,
            name,
            key.public_key(),
            x509.random_serial_number(),
            now - timedelta(hours=1),
            now + timedelta(hours=1),
        )
