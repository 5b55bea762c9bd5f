"""Time stamps of seals, by a stand-in of a time-stamp server on loopback."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from plan_helpers import Market

from eventstudy.errors import InputError, NetworkError
from eventstudy.plans.files import SealedPlan, content_of
from eventstudy.plans.stamp import NONE, fetch_stamp, stamp_sentence, write_stamp

pytest.importorskip("rfc3161_client")
pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="the stand-in is openssl")

SETTINGS = """[tsa]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""
FAR = "2999-01-01"
"""A first window that no stamp comes too late for."""


@dataclass(frozen=True)
class Server:
    url: str
    roots: Path


def certificate(name: str, key: Any, issuer: tuple[str, Any], *, root: bool) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    named = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, n)]) for n in (name, issuer[0])]
    built = (
        x509.CertificateBuilder()
        .subject_name(named[0])
        .issuer_name(named[1])
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=root, path_length=None), critical=True)
    )
    if not root:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        built = built.add_extension(usage, critical=True)
    return built.sign(issuer[1], hashes.SHA256())


def authority(folder: Path) -> None:
    """A root, and the certificate of a server below it."""
    root, own = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    pem = serialization.Encoding.PEM
    above = certificate("Made-up root", root, ("Made-up root", root), root=True)
    server = certificate("Made-up stamps", own, ("Made-up root", root), root=False)
    (folder / "root.pem").write_bytes(above.public_bytes(pem))
    (folder / "tsa.pem").write_bytes(server.public_bytes(pem))
    (folder / "tsa.key").write_bytes(
        own.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (folder / "serial").write_text("01\n")
    (folder / "tsa.cnf").write_text(SETTINGS.format(folder=folder))


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("tsa")
    authority(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/page":
                return self.answer("text/html", b"<p>a page</p>")
            if self.path == "/down":
                return self.send_error(503)
            (folder / "asked").write_bytes(asked)
            subprocess.run(
                ["openssl", "ts", "-reply", "-config", "tsa.cnf", "-section", "tsa",
                 "-queryfile", "asked", "-out", "answer"],
                cwd=folder, check=True, capture_output=True,
            )  # fmt: skip
            if self.path != "/old" or not (folder / "old").exists():
                (folder / "old").write_bytes((folder / "answer").read_bytes())
            name = "old" if self.path == "/old" else "answer"
            return self.answer("application/timestamp-reply", (folder / name).read_bytes())

        def answer(self, kind: str, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as stand_in:
        thread = threading.Thread(target=stand_in.serve_forever)
        thread.start()
        yield Server(f"http://127.0.0.1:{stand_in.server_port}", folder / "root.pem")
        stand_in.shutdown()
        thread.join()


def stamped(sealed: SealedPlan, url: str) -> None:
    write_stamp(fetch_stamp(content_of(sealed.plan), url), sealed.stamp_path)


def said(sealed: SealedPlan, roots: Path | None, begins: str = FAR) -> str:
    return stamp_sentence(sealed.stamp_path, sealed.seal, roots, begins)


def test_a_stamp_holds_against_the_root_of_its_server_alone(
    market: Market, server: Server, tmp_path: Path
) -> None:
    sealed = market.plan()
    assert said(sealed, server.roots) == NONE
    stamped(sealed, server.url)
    assert "Made-up stamps" in said(sealed, server.roots)
    assert "not valid" not in said(sealed, server.roots)
    assert "--stamp-roots" in said(sealed, None)
    others = tmp_path / "others"
    others.mkdir()
    authority(others)
    assert "Made-up stamps" not in said(sealed, others / "root.pem")
    assert "not valid" in said(sealed, others / "root.pem")


def test_a_stamp_is_of_one_seal(market: Market, server: Server) -> None:
    first, second = market.plan(), market.plan("AAA falls 0,0", name="second.toml")
    stamped(first, server.url)
    shutil.copy(first.stamp_path, second.stamp_path)
    assert "another plan" in said(second, server.roots)
    assert "Made-up stamps" not in said(second, server.roots)


def test_a_stamp_after_the_first_window_says_so(market: Market, server: Server) -> None:
    sealed = market.plan()
    stamped(sealed, server.url)
    assert "2024-06-12" in said(sealed, server.roots, "2024-06-12")
    assert "not before" in said(sealed, server.roots, "2024-06-12")
    assert "not before" not in said(sealed, server.roots)


def test_another_tool_verifies_the_stamp_by_the_seal(market: Market, server: Server) -> None:
    sealed = market.plan()
    stamped(sealed, server.url)
    done = subprocess.run(
        ["openssl", "ts", "-verify", "-digest", sealed.seal, "-in", str(sealed.stamp_path),
         "-CAfile", str(server.roots)],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert "OK" in done.stdout + done.stderr


def test_what_is_no_stamp_counts_as_none(market: Market, server: Server) -> None:
    sealed = market.plan()
    sealed.stamp_path.write_bytes(b"a stamp")
    assert sealed.stamp_path.name in said(sealed, server.roots)
    assert "Made-up stamps" not in said(sealed, server.roots)
    stamped(sealed, server.url)
    with pytest.raises(InputError, match="certificates"):
        said(sealed, market.folder / "events.csv")


@pytest.mark.parametrize("place", ["/page", "/down"])
def test_a_server_that_gives_no_stamp_is_refused(
    market: Market, server: Server, place: str
) -> None:
    sealed = market.plan()
    with pytest.raises(NetworkError, match=r"127\.0\.0\.1"):
        stamped(sealed, server.url + place)
    assert not sealed.stamp_path.exists()


def test_the_answer_to_an_earlier_request_is_no_stamp(market: Market, server: Server) -> None:
    sealed = market.plan()
    stamped(sealed, f"{server.url}/old")
    sealed.stamp_path.unlink()
    with pytest.raises(NetworkError, match="another request"):
        stamped(sealed, f"{server.url}/old")
    with pytest.raises(NetworkError):
        stamped(sealed, "http://127.0.0.1:9")


def test_a_plan_is_stamped_and_its_run_tells_so(
    market: Market, server: Server, call: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from plan_helpers import BEFORE, write_long

    write_long(market.closes, Path("then.csv"), BEFORE)
    options = ("--groups", "groups.toml", "--source", "then.csv", "--estimation=-160,-11")
    expected = ("--expect", "AAA rises 0,0", "--stamp", server.url)
    offline = call("plan", "launch", *options, *expected, "--offline")
    assert offline.code == 2
    assert not Path("plan.toml").exists()
    down = call("plan", "launch", *options, *expected[:-1], f"{server.url}/down")
    assert down.code == 4
    assert not Path("plan.toml").exists()
    answer = call("plan", "launch", *options, *expected)
    assert answer.code == 0, answer.err
    assert Path("plan.toml.tsr").is_file()
    asked: list[Any] = []
    monkeypatch.setattr(
        "eventstudy.cli.single_runs.run_each", lambda wanted, _: asked.append(wanted)
    )
    assert call("run", "--plan", "plan.toml", "--stamp-roots", str(server.roots)).code == 0
    assert "Made-up stamps" in asked[0].plan.stamp
