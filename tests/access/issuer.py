"""An issuer of tokens: a real HTTP server with discovery, keys, tokens and login, which also lies if asked to."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote_plus, urlencode, urlsplit
from urllib.request import urlopen

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

AUDIENCE = "vaxreg"
# The clients that the token endpoint knows, and what it says of each.
CLIENTS: Mapping[str, Mapping[str, Any]] = {
    "agency": {"role": "certificate-issuer", "unit": "E-hälsomyndigheten"},
    "doctor": {"role": "care-professional", "region": "24", "unit": "SE2321000222-1001"},
    "umea": {"role": "municipality", "organisation": "212000-2627", "sender": "umea"},
    "coordinator": {"role": "coordinator"},
    "statistician": {"role": "statistician"},
}


def new_key(algorithm: str) -> Any:
    match algorithm:
        case "ES256":
            return ec.generate_private_key(ec.SECP256R1())
        case "EdDSA":
            return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Issuer:
    """What the issuer publishes and how often it was asked; a test may change all of it."""

    address: str = ""
    keys: dict[str, tuple[str, Any]] = field(default_factory=dict)  # by kid: algorithm and private key
    more_keys: list[dict[str, Any]] = field(default_factory=list)
    described: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    silent: bool = False
    # People who log in: by name, what tokens say of them; and the client by which they do.
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    secret: str = ""
    nonce: str | None = None  # instead of the one that was asked with
    codes: dict[str, dict[str, str]] = field(default_factory=dict)  # each is redeemed once

    def __post_init__(self) -> None:
        for algorithm in ("RS256", "PS256", "ES256", "EdDSA"):
            self.adds(f"key-{algorithm}", algorithm)

    def adds(self, kid: str, algorithm: str = "ES256") -> None:
        """Sign with one more key from now on."""
        self.keys[kid] = (algorithm, new_key(algorithm))

    def token(self, client: str = "agency", kid: str = "key-ES256", header_typ: str = "JWT", **said: Any) -> str:
        """A token for a client, with claims as the issuer sets them or other ones; None leaves a claim out."""
        now = int(time.time())
        usual = {"iss": self.address, "aud": AUDIENCE, "sub": client, "iat": now, "nbf": now, "exp": now + 300}
        claims = {**usual, **CLIENTS.get(client, {}), **said}
        algorithm, key = self.keys[kid]
        head = {"kid": kid, "typ": header_typ}
        return jwt.encode({name: value for name, value in claims.items() if value is not None}, key, algorithm, head)

    def login(self, asked: Mapping[str, str], name: str) -> str:
        """The address that a browser is sent back to after somebody logged in."""
        code = secrets.token_urlsafe(16)
        self.codes[code] = {**asked, "name": name}
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state'], 'iss': self.address})}"

    def redeem(self, form: Mapping[str, str], known: str) -> dict[str, Any] | None:
        """The tokens that a code is good for: once, for who asked for it, and holds what its challenge was made of."""
        asked = self.codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if (
            asked is None
            or asked["code_challenge_method"] != "S256"
            or asked["code_challenge"] != challenge.rstrip(b"=").decode()
            or [asked[name] for name in ("client_id", "redirect_uri")] != [form["client_id"], form["redirect_uri"]]
            or known != (f"{asked['client_id']}:{self.secret}" if self.secret else "")
        ):
            return None
        said, name = self.people[asked["name"]], asked["name"]
        nonce = asked["nonce"] if self.nonce is None else self.nonce
        return {
            "access_token": self.token(name, header_typ="at+jwt", **said),
            "id_token": self.token(name, aud=asked["client_id"], nonce=nonce),
            "token_type": "Bearer",
            "expires_in": 300,
        }

    def jwks(self) -> dict[str, Any]:
        published = []
        for kid, (algorithm, key) in self.keys.items():
            public = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key(), as_dict=True)
            published.append(public | {"kid": kid, "use": "sig"})
        return {"keys": published + self.more_keys}

    def pem(self, kid: str) -> bytes:
        """The public key as a text, which a careless library takes for a shared secret."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415

        pem: bytes = self.keys[kid][1].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return pem


@contextmanager
def issuing() -> Iterator[Issuer]:
    """An issuer at work on a free port."""
    issuer = Issuer()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.asked.append(self.path)
            path, asked = urlsplit(self.path).path, dict(parse_qsl(urlsplit(self.path).query))
            if issuer.silent:
                return self.send_error(503)
            if self.path == "/.well-known/openid-configuration":
                ends = {"jwks_uri": "keys", "token_endpoint": "token", "authorization_endpoint": "authorize"}
                ends["end_session_endpoint"] = "leave"
                addresses = {name: f"{issuer.address}/{path}" for name, path in ends.items()}
                return self._json({"issuer": issuer.address} | addresses | issuer.described)
            if self.path == "/keys":
                return self._json(issuer.jwks())
            if self.path == "/elsewhere":
                return self._goes(f"{issuer.address}/keys")
            if path == "/authorize":
                # Who is logged in here already is not asked again, as with issuers at work.
                name = SimpleCookie(self.headers.get("Cookie", "")).get("at-issuer")
                return self._goes(issuer.login(asked, name.value)) if name else self._asks_who(asked)
            if path == "/leave":
                return self._goes(asked["post_logout_redirect_uri"], "at-issuer=; Max-Age=0")
            return self.send_error(404)

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            client = form.get("client_id", [""])[0]
            single = {name: values[0] for name, values in form.items()}
            if self.path == "/authorize" and single["name"] in issuer.people:
                name = single.pop("name")
                return self._goes(issuer.login(single, name), f"at-issuer={name}; HttpOnly")
            if self.path == "/token" and single.get("grant_type") == "authorization_code":
                kind, _, known = self.headers.get("Authorization", "").partition(" ")
                sent = base64.b64decode(known).decode() if kind == "Basic" else ""
                given = issuer.redeem(single, ":".join(map(unquote_plus, sent.split(":"))))
                return self._json(given) if given else self._json({"error": "invalid_grant"}, 400)
            if self.path != "/token" or client not in CLIENTS or form.get("grant_type") != ["client_credentials"]:
                return self.send_error(400)
            return self._json({"access_token": issuer.token(client), "token_type": "Bearer", "expires_in": 300})

        def _goes(self, address: str, cookie: str = "") -> None:
            self.send_response(302)
            self.send_header("Location", address)
            if cookie:
                self.send_header("Set-Cookie", cookie)
            self.end_headers()

        def _asks_who(self, asked: Mapping[str, str]) -> None:
            kept = "".join(f'<input type="hidden" name="{escape(k)}" value="{escape(v)}">' for k, v in asked.items())
            field = '<label>Who are you? <input name="name" autofocus></label><button>Log in</button>'
            body = f'<!doctype html><title>Issuer</title><form method="post" action="/authorize">{kept}{field}</form>'
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def _json(self, said: Any, status: int = 200) -> None:
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing: tests read what the register logs."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    issuer.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def fetched_token(issuer: Issuer, client: str) -> str:
    """A token as a client gets it: from the token endpoint that discovery names."""
    with urlopen(f"{issuer.address}/.well-known/openid-configuration") as answer:
        endpoint = json.load(answer)["token_endpoint"]
    with urlopen(endpoint, f"grant_type=client_credentials&client_id={client}".encode()) as answer:
        return str(json.load(answer)["access_token"])


def environment(issuer: Issuer) -> dict[str, str]:
    """The settings of a register that trusts this issuer."""
    return {"VAXREG_OIDC_ISSUER": issuer.address, "VAXREG_OIDC_AUDIENCE": AUDIENCE}
