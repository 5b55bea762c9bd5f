"""Addresses of databases: read without SQLAlchemy, and shown without their secrets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote

from eventstudy.errors import InputError

OWN = ("table", "query")
"""Parameters of an address that are the package's and not the driver's."""
SHOWN = frozenset(
    {
        *OWN,
        *("application_name", "charset", "client_encoding", "connect_timeout", "database"),
        *("dbname", "gssencmode", "host", "mode", "port", "service", "sslmode", "ssl_mode"),
        *("target_session_attrs", "timeout", "uri", "user"),
    }
)
"""Parameters that are shown as they are; the value of any other may be a secret."""
HIDDEN = "***"

_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9_]*(?:\+[A-Za-z0-9_]+)?)://(?P<rest>.*)", re.S)
_TOKEN = re.compile(r"[A-Za-z][A-Za-z0-9_+]*://[^\s'\"]*")
_USER = re.compile(r"\b([A-Za-z][A-Za-z0-9_+]*:/{0,3}[^\s'\"/:@]+:)(?!\*\*\*@)[^\s'\"]*@")
"""What comes before the host of an address that a path or a slip of the pen took slashes from."""
_NAMED = re.compile(r"\b((?:password|passwd|pwd|token|secret|api_?key)=)[^\s'\"&;]+", re.I)
"""A secret beside its name, as in the words that libpq and ODBC connect with."""
_PLACE = re.compile(r"(?:\[[^\]]*\]|[^/:]*)(?::\d*)?(?:/|\Z)")
"""The place of a database without a user: host and port."""
_NO_DATABASE = {"http", "https", "ftp", "sftp", "s3", "gs", "az", "abfs", "file"}
_HERE = re.compile(r"localhost\Z|127\.|\[::1\]")
_FILES = {"sqlite", "duckdb"}
_MARKS = {"sqlite": (0, b"SQLite format 3\0"), "duckdb": (8, b"DUCK")}
"""Where the bytes are by which the file of a database is known, and which they are."""
_HEAD = 16


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """A database and what to read of it.

    `engine` is the address that the driver is given, `safe` the whole one without its secrets and
    `place` what a result may tell anybody: without the user and without parameters, too.
    `table` and `query` (the path of a file) are empty where the address does not name them.
    """

    engine: str
    safe: str
    place: str
    table: str
    query: str

    def __repr__(self) -> str:
        return f"Address({self.safe!r})"


def is_database(text: str) -> bool:
    """Whether a source is the address of a database, such as postgresql://host/db?table=prices.

    Args:
        text: What the user names as a source.
    """
    found = _SCHEME.fullmatch(text)
    return found is not None and found["scheme"].lower() not in _NO_DATABASE


def refuse_database_file(path: Path) -> None:
    """Refuse the file of a database in the place of its address, with the address to write.

    Args:
        path: A file that prices are to be read from, which need not be there.

    Raises:
        InputError: It is a database of SQLite or DuckDB.
    """
    try:
        if not path.is_file():  # a pipe would never end
            return
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except (OSError, ValueError):  # whoever reads it says why it cannot be read
        return
    for scheme, (at, mark) in _MARKS.items():
        if head[at:].startswith(mark):
            raise InputError(
                f"{path} is a database; say what to read of it, such as {scheme}:///{path}?table=prices."
            )


def read_address(url: str) -> Address:
    """The parts of an address of a database.

    Args:
        url: Such as postgresql://user@host/db?table=schema.prices or sqlite:///prices.db?query=q.sql.

    Raises:
        InputError: It is no address, or a parameter of it is given twice or empty.
    """
    found = _SCHEME.fullmatch(url)
    if found is None:
        raise InputError(
            "The address of a database begins with its kind, such as "
            "postgresql://user@host/database?table=prices."
        )
    base, _, text = _split(url)
    parameters = parse_qsl(text, keep_blank_values=True)
    own = [(name, value) for name, value in parameters if name in OWN]
    safe = safe_url(url)
    if empty := [name for name, value in own if not value]:
        raise InputError(f"{safe}: {empty[0]}= is empty; name the {empty[0]}.")
    if len({name for name, _ in own}) < len(own):
        raise InputError(f"{safe} names a table or a query twice; name one.")
    given = dict(own)
    left = "&".join(
        part for part in text.split("&") if part and unquote(part.partition("=")[0]) not in OWN
    )
    return Address(
        engine=f"{base}?{left}" if left else base,
        safe=safe,
        place=_split(public_url(url))[0],
        table=given.get("table", ""),
        query=given.get("query", ""),
    )


def safe_url(url: str) -> str:
    """The address without its password and without parameters that may be secrets.

    What is not shown is written as three asterisks. A password that is not percent-encoded is
    hidden whole, whatever it holds.

    Args:
        url: The address of a database; any other text comes back unchanged.
    """
    found = _SCHEME.fullmatch(url)
    if found is None:
        return url
    base, mark, text = _split(url)
    head, _, rest = base.partition("://")
    user, at, place = rest.rpartition("@")
    if at and not rest.startswith("/"):
        name, colon, _ = user.partition(":")
        rest = f"{name}{colon}{HIDDEN if colon else ''}@{place}"
    elif not _PLACE.match(rest):
        rest = f"{rest.partition(':')[0]}:{HIDDEN}"
    shown = [_shown(part) for part in text.split("&") if part]
    return f"{head}://{rest}{mark if shown else ''}{'&'.join(shown)}"


def shared_url(url: str) -> str:
    """The address for a file that others read and run: what may be a secret is left out of it.

    Args:
        url: The address of a database; any other text comes back unchanged.
    """
    if not is_database(url):
        return url
    base, _, text = _split(safe_url(url))
    head, _, rest = base.partition("://")
    user, at, place = rest.rpartition("@")
    rest = f"{user.removesuffix(f':{HIDDEN}')}{at}{place}"
    shown = [part for part in text.split("&") if part and not part.endswith(HIDDEN)]
    return f"{head}://{rest}{'?' if shown else ''}{'&'.join(shown)}"


def public_url(url: str) -> str:
    """The place of a database and what is read of it, without user and all other parameters.

    Args:
        url: The address of a database.
    """
    base, _, text = _split(safe_url(url))
    head, _, rest = base.partition("://")
    own = [part for part in text.split("&") if unquote(part.partition("=")[0]) in OWN]
    place = rest if rest.startswith("/") else rest.rpartition("@")[2]
    return f"{head}://{place}{'?' if own else ''}{'&'.join(own)}"


def safe_text(text: str) -> str:
    """A text with each address in it as `safe_url` shows it, and without passwords beside names.

    Args:
        text: Such as a sentence, or the value of an option.
    """
    text = _TOKEN.sub(_shown_address, text) if "://" in text else text
    return _NAMED.sub(rf"\g<1>{HIDDEN}", _USER.sub(rf"\g<1>{HIDDEN}@", text))


def _shown_address(found: re.Match[str]) -> str:
    """An address in a text; the stop after it is not its own."""
    address = found[0].rstrip(".,;:)")
    return f"{safe_url(address)}{found[0][len(address) :]}"


def require_online(url: str) -> None:
    """Refuse a database on another machine where the network is not to be used.

    Args:
        url: The address of a database.

    Raises:
        InputError: Its host is not this machine.
    """
    address = read_address(url)
    scheme, _, rest = address.place.partition("://")
    host = rest.rpartition("/")[0] if rest.startswith("[") else re.split(r"[/:]", rest)[0]
    if scheme.partition("+")[0] in _FILES or not host or _HERE.match(host):
        return
    raise InputError(
        f"{address.safe} is on another machine, and --offline forbids the network; leave --offline "
        "out, or give a file."
    )


def _shown(parameter: str) -> str:
    name, equals, _ = parameter.partition("=")
    harmless = unquote(name).lower() in SHOWN
    return parameter if harmless else f"{name if equals else ''}{equals}{HIDDEN}"


def _split(url: str) -> tuple[str, str, str]:
    """Before the parameters, the question mark, the parameters; a password may hold one too."""
    scheme, rest = url.split("://", 1)
    start = 0 if rest.startswith("/") else rest.rfind("@") + 1
    if "?" in rest[:start] and re.search(r"\?[^?]*\b(?:table|query)=", rest[:start]):
        start = 0  # the @ is in the name of a table or of a file
    base, mark, text = rest[start:].partition("?")
    return f"{scheme}://{rest[:start]}{base}", mark, text


def with_password(url: str, password: str) -> str:
    """The address with a password, where it names a user and has none of its own.

    Args:
        url: The address.
        password: As it is typed.
    """
    head, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    user, at, host = authority.rpartition("@")
    if not at or ":" in user or head.partition("+")[0] in _FILES:
        return url
    return f"{head}://{user}:{quote(password, safe='')}@{host}{slash}{path}"
