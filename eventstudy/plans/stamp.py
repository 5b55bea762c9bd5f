"""Time stamps of seals by RFC 3161: a server signs that it has seen the seal at a moment.

The digest in the stamp is the seal itself, so that other tools verify it too:
`openssl ts -verify -digest SEAL -in plan.toml.tsr -CAfile roots.pem`.
"""

from __future__ import annotations

import hashlib
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eventstudy.errors import InputError, NetworkError, needs_extra, os_reason, quoted
from eventstudy.files.atomic import replace_file, writing
from eventstudy.files.reading import read_file, shown_path
from eventstudy.plans.seal import canonical

EXTRA = "seal"
SECONDS = 30
"""To wait for a server."""
MOST = 2**20
"""Bytes of a stamp; those of servers have some five thousand."""
_ASKS, _ANSWERS = "application/timestamp-query", "application/timestamp-reply"
NONE = (
    "The plan has no time stamp; only a commit or another dated record can show that it was made "
    "before the event."
)


def require_stamps(url: str, *, offline: bool) -> None:
    """Refuse what no time stamp can come from, before a plan is made.

    Args:
        url: Of the server.
        offline: Whether the network is not to be used.

    Raises:
        InputError: The URL is none, rfc3161-client is not installed, or the run is offline.
    """
    if not url.startswith(("http://", "https://")):
        raise InputError(f"--stamp: {quoted(url)} is not the URL of a time-stamp server.")
    if offline:
        raise InputError(
            "--stamp needs a server, and --offline forbids the network; leave one out."
        )
    with needs_extra("A time stamp", EXTRA):
        import rfc3161_client  # noqa: F401


def fetch_stamp(content: Mapping[str, Any], url: str) -> bytes:
    """Have a server stamp the seal of a plan.

    Args:
        content: Of the plan.
        url: Of the server, http or https.

    Raises:
        NetworkError: The server cannot be reached, or its answer is no stamp of this seal.
    """
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    asked = (
        TimestampRequestBuilder()
        .data(canonical(content))
        .hash_algorithm(HashAlgorithm.SHA256)
        .cert_request(cert_request=True)
        .build()
    )
    answer = _post(url, asked.as_bytes())
    seal = hashlib.sha256(canonical(content)).digest()
    found = _decoded(answer)
    if found is None or found.tst_info.message_imprint.message != seal:
        raise NetworkError(f"{_server(url)} did not stamp this seal; try again, or another server.")
    if asked.nonce is not None and found.tst_info.nonce != asked.nonce:
        raise NetworkError(f"{_server(url)} answered another request; try again.")
    return answer


def write_stamp(stamp: bytes, path: Path) -> None:
    """Write a stamp beside its plan.

    Args:
        stamp: The answer of a server.
        path: Where it goes.

    Raises:
        InputError: The place cannot be written.
    """
    with writing(path, "name another file with --out", InputError), replace_file(path) as stream:
        stream.write(stamp)


def _post(url: str, body: bytes) -> bytes:
    request = urllib.request.Request(url, body, {"Content-Type": _ASKS})
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            kind = answer.headers.get_content_type()
            content: bytes = answer.read(MOST + 1)
    except (urllib.error.URLError, OSError) as error:
        reason = getattr(error, "reason", error)
        why = os_reason(reason) if isinstance(reason, BaseException) else str(reason)
        raise NetworkError(
            f"{_server(url)} cannot be used: {why}. Try again, or leave out --stamp and commit the "
            "plan instead."
        ) from None
    if kind != _ANSWERS or len(content) > MOST:
        what = kind if kind != _ANSWERS else f"more than {MOST:,} bytes"
        raise NetworkError(
            f"{_server(url)} answered with {what}, not with a time stamp; check the URL."
        )
    return content


def _server(url: str) -> str:
    from urllib.parse import urlsplit

    host = urlsplit(url).hostname
    return f"The time-stamp server {host}" if host else "The time-stamp server"


def _decoded(answer: bytes) -> Any:
    """The stamp; None for what is none."""
    from rfc3161_client import decode_timestamp_response

    try:
        found = decode_timestamp_response(answer)
        return found if found.tst_info is not None else None
    except ValueError:
        return None


def stamp_sentence(path: Path, seal: str, roots: Path | None, begins: str) -> str:
    """What the stamp beside a plan shows, in a sentence.

    Args:
        path: Where the stamp would lie.
        seal: The SHA-256 of the plan as it is, in hexadecimal digits.
        roots: Certificates (PEM) that are trusted; without them the signature is not checked.
        begins: The first day of the planned windows, an ISO date.

    Raises:
        InputError: The roots are no certificates, or rfc3161-client is not installed.
    """
    if not path.is_file():
        return NONE
    with needs_extra(f"The time stamp {shown_path(path)}", EXTRA):
        import rfc3161_client as client
    found = _decoded(read_file(path, "time stamp", most=MOST))
    if found is None:
        return f"{path.name} is not a time stamp; the plan counts as unstamped."
    when = f"{found.tst_info.gen_time:%Y-%m-%d %H:%M:%S} UTC"
    if found.tst_info.message_imprint.message != bytes.fromhex(seal):
        return (
            f"The time stamp of {when} belongs to another plan, or to this one before it was "
            "altered."
        )
    late = (
        f" That is not before the first planned window, which begins on {begins}."
        if f"{found.tst_info.gen_time:%Y-%m-%d}" >= begins
        else ""
    )
    if roots is None:
        return (
            f"Time stamp of {when}; its signature was not checked, because no trusted certificates "
            f"were given (--stamp-roots).{late}"
        )
    builder = client.VerifierBuilder()
    for certificate in _certificates(roots):
        builder = builder.add_root_certificate(certificate)
    try:
        builder.build().verify(found, bytes.fromhex(seal))
    except client.VerificationError as error:
        return f"The time stamp of {when} is not valid: {str(error).rstrip('.')}."
    return f"Stamped on {when} by {_authority(found)}; the signature is valid.{late}"


def _certificates(roots: Path) -> list[Any]:
    from cryptography import x509

    try:
        return list(x509.load_pem_x509_certificates(read_file(roots, "file of certificates")))
    except ValueError:
        raise InputError(
            f"{shown_path(roots)} contains no certificates; give those of the time-stamp authority "
            "in PEM format."
        ) from None


def _authority(found: Any) -> str:
    """Who signed, by the name in the certificate of the stamp."""
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    signers = {(s.issuer, s.serial_number) for s in found.signed_data.signer_infos}
    for raw in found.signed_data.certificates:
        certificate = x509.load_der_x509_certificate(bytes(raw))
        if (certificate.issuer, certificate.serial_number) in signers:
            names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
            if names:
                return str(names[0].value)
    return "a trusted authority"
