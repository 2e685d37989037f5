"""Only tokens that the issuer signed for this register, now, are believed; and the issuer is not asked too often."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from connectors.outgoing import issuer as connection
from connectors.outgoing.issuer import PAUSE, RENEWED, IssuerSilent, SigningKeys
from connectors.outgoing.tokens import LEEWAY, TokenRefused, Tokens, tokens_from
from register.settings import SettingBroken
from tests.access.issuer import Issuer, environment, fetched_token, issuing
from tests.access.people import NUMBERS


@pytest.fixture(scope="module")
def shared() -> Iterator[Issuer]:
    with issuing() as issuer:
        yield issuer


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    """An issuer that this test may change."""
    with issuing() as issuer:
        yield issuer


@pytest.fixture(scope="module")
def tokens(shared: Issuer) -> Tokens:
    return trusting(shared)


def trusting(issuer: Issuer, **settings: str) -> Tokens:
    found = tokens_from(environment(issuer) | settings)
    assert found
    return found


def refused(tokens: Tokens, token: str) -> str:
    with pytest.raises(TokenRefused) as refusal:
        tokens.reader(token, "")
    return str(refusal.value)


def encoded(part: Any) -> str:
    text = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def test_a_token_from_the_token_endpoint_says_who_asks_and_in_which_role(shared: Issuer, tokens: Tokens) -> None:
    reader = tokens.reader(fetched_token(shared, "doctor"), "care")
    assert (reader.who, reader.role, reader.purpose) == ("doctor", "care-professional", "care")
    assert (reader.region, reader.unit, reader.channel) == ("24", "SE2321000222-1001", "api")


@pytest.mark.parametrize("kid", ["key-RS256", "key-PS256", "key-ES256", "key-EdDSA"])
def test_every_asymmetric_algorithm_is_accepted(shared: Issuer, tokens: Tokens, kid: str) -> None:
    assert tokens.reader(shared.token(kid=kid), "").role == "certificate-issuer"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"exp": int(time.time()) - LEEWAY - 5}, "expired"),
        ({"nbf": int(time.time()) + 1000}, "not valid yet"),
        ({"iat": int(time.time()) + 1000}, "not valid yet"),
        ({"aud": "another-service"}, "another audience"),
        ({"aud": ["another-service"]}, "another audience"),
        ({"iss": "https://issuer.example"}, "not valid"),
        ({"exp": None}, "not valid"),
        ({"iat": None}, "not valid"),
        ({"aud": None}, "not valid"),
        ({"iss": None}, "not valid"),
        ({"sub": None}, "not valid"),
        ({"exp": "tomorrow"}, "not valid"),
        ({"exp": float("inf")}, "not valid"),
    ],
)
def test_a_token_that_is_not_for_this_register_now_is_refused(
    shared: Issuer, tokens: Tokens, said: dict[str, Any], told: str
) -> None:
    assert told in refused(tokens, shared.token(**said))


def test_clocks_may_differ_a_little(shared: Issuer, tokens: Tokens) -> None:
    now = int(time.time())
    assert tokens.reader(shared.token(exp=now - LEEWAY + 15, nbf=now + LEEWAY - 15), "").who == "agency"


def test_a_replay_of_a_past_day_makes_no_expired_token_valid(shared: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAXREG_CLOCK", "2021-04-15")
    tokens = trusting(shared, VAXREG_CLOCK="2021-04-15")
    then = 1618480800  # 2021-04-15
    assert "expired" in refused(tokens, shared.token(iat=then, nbf=then, exp=then + 300))


def test_a_token_without_a_signature_is_refused(shared: Issuer, tokens: Tokens) -> None:
    claims = shared.token().split(".")[1]
    for none in ("none", "None", "NONE", ""):
        for signature in ("", shared.token().split(".")[2]):
            refused(tokens, f"{encoded({'alg': none, 'kid': 'key-ES256'})}.{claims}.{signature}")


def test_the_public_key_is_never_taken_for_a_shared_secret(shared: Issuer, tokens: Tokens) -> None:
    for kid in shared.keys:
        for algorithm, digest in (("HS256", hashlib.sha256), ("HS512", hashlib.sha512)):
            content = f"{encoded({'alg': algorithm, 'kid': kid})}.{shared.token().split('.')[1]}"
            forged = hmac.new(shared.pem(kid), content.encode(), digest).digest()
            assert "not accepted" in refused(tokens, f"{content}.{encoded(forged)}")


@pytest.mark.parametrize(("algorithm", "kid"), [("RS256", "key-ES256"), ("ES256", "key-RS256"), ("EdDSA", "key-ES256")])
def test_a_key_of_another_kind_than_the_algorithms_is_not_even_tried(
    shared: Issuer, tokens: Tokens, algorithm: str, kid: str
) -> None:
    _, claims, signature = shared.token(kid=kid).split(".")
    told = refused(tokens, f"{encoded({'alg': algorithm, 'kid': kid})}.{claims}.{signature}")
    assert "a key that is not the issuer's" in told


def test_a_shared_secret_among_the_keys_signs_nothing(issuer: Issuer) -> None:
    secret = b"s" * 32
    issuer.more_keys = [{"kty": "oct", "kid": "secret", "k": encoded(secret), "alg": "HS256"}]
    claims = issuer.token().split(".")[1]
    for algorithm in ("HS256", "RS256", "ES256"):
        content = f"{encoded({'alg': algorithm, 'kid': 'secret'})}.{claims}"
        refused(trusting(issuer), f"{content}.{encoded(hmac.new(secret, content.encode(), hashlib.sha256).digest())}")


def test_a_token_signed_by_somebody_else_is_refused(issuer: Issuer) -> None:
    tokens = trusting(issuer)
    tokens.reader(issuer.token(), "")
    with issuing() as other:
        other.address = issuer.address
        assert "not valid" in refused(tokens, other.token())
        # With the key of the stranger inside the token, or where to get it.
        key = other.keys["key-ES256"][1]
        public = jwt.get_algorithm_by_name("ES256").to_jwk(key.public_key(), as_dict=True)
        said = jwt.decode(other.token(), options={"verify_signature": False})
        for more in ({"jwk": public}, {"jku": f"{other.address}/keys"}, {"x5u": f"{other.address}/keys"}):
            refused(tokens, jwt.encode(said, key, "ES256", {"kid": "key-ES256"} | more))


def test_a_changed_token_is_refused(shared: Issuer, tokens: Tokens) -> None:
    head, claims, signature = shared.token().split(".")
    said = json.loads(base64.urlsafe_b64decode(claims + "=="))
    refused(tokens, f"{head}.{encoded(said | {'role': 'registrar'})}.{signature}")


def test_a_key_signs_only_with_the_algorithm_and_the_curve_it_is_made_for(issuer: Issuer) -> None:
    curve = ec.generate_private_key(ec.SECP384R1())
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    for kid, algorithm, key in (("p-384", "ES384", curve), ("weak", "RS256", weak)):
        public = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key(), as_dict=True)
        issuer.more_keys.append({**public, "kid": kid, "use": "sig"})
    issuer.more_keys[0].pop("alg", None)
    tokens, said = trusting(issuer), jwt.decode(issuer.token(), options={"verify_signature": False})
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        refused(tokens, jwt.encode(said, weak, "RS256", {"kid": "weak"}))
    refused(tokens, jwt.encode(said, curve, "ES384", {"kid": "p-384"}))
    rs256 = issuer.keys["key-RS256"][1]
    issuer.more_keys.append(
        {**jwt.get_algorithm_by_name("RS256").to_jwk(rs256.public_key(), as_dict=True), "kid": "pss", "alg": "PS256"}
    )
    assert "another algorithm" in refused(trusting(issuer), jwt.encode(said, rs256, "RS256", {"kid": "pss"}))


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "é.é.é",
        "x" * 100_000,
        f"{encoded(b'[' * 4_000)}.e30.e30",
        f"{encoded([1])}.e30.e30",
        f"{encoded({'alg': ['RS256'], 'kid': 'key-RS256'})}.e30.e30",
        f"{encoded({'alg': 'RS256', 'kid': {'a': 1}})}.e30.e30",
        f"{encoded({'alg': 'RS256', 'kid': 'key-RS256', 'crit': ['b64'], 'b64': False})}.e30.e30",
        f"{encoded({'alg': 'RS256'})}.e30.e30",
    ],
    ids=str.__len__,
)
def test_rubbish_is_refused_and_never_repeated(tokens: Tokens, token: str) -> None:
    said = refused(tokens, token)
    assert len(said) < 80
    assert not token[:20] or token[:20] not in said


@pytest.mark.parametrize(
    "said",
    [
        {"role": 1},
        {"role": {"name": "registrar"}},
        {"role": ["registrar", "reviewer"]},
        {"sub": "x" * 201},
        {"unit": "a\u0000b"},
        {"unit": "\ud800"},
        {"region": "24\n"},
        {"sub": ""},
    ],
    ids=repr,
)
def test_claims_that_nothing_can_be_made_of_are_refused(shared: Issuer, tokens: Tokens, said: dict[str, Any]) -> None:
    refused(tokens, shared.token(**said))


def test_who_reads_about_others_is_not_named_by_an_identity_number(shared: Issuer, tokens: Tokens) -> None:
    for number in (NUMBERS[0], f"{NUMBERS[0][:8]}-{NUMBERS[0][8:]}"):
        assert "identity number" in refused(tokens, shared.token("doctor", sub=number))
    oneself = tokens.reader(shared.token(sub=NUMBERS[0], role="person"), "")
    assert oneself.who == "*" * 12
    assert tokens.reader(shared.token("doctor", unit=f"at {NUMBERS[0]}"), "").unit == f"at {'*' * 12}"


def test_the_issuer_vouches_for_whose_record_a_person_may_ask_for(shared: Issuer, tokens: Tokens) -> None:
    claim = tokens.claims["identity"]
    reader = tokens.reader(shared.token(role="person", **{claim: NUMBERS[0]}), "")
    assert reader.identity
    assert reader.identity.value == NUMBERS[0]
    assert NUMBERS[0] not in repr(reader)
    assert tokens.reader(shared.token(role="person", **{claim: "nobody"}), "").identity is None


# What issuers at work say in tokens of each kind, beside what all of them say.
ACCESS_TOKENS: dict[str, dict[str, Any]] = {
    "RFC 9068": {"header_typ": "at+jwt", "client_id": "desk", "scope": "openid vaxreg", "auth_time": 1, "acr": "loa3"},
    "RFC 9068, written in full": {"header_typ": "application/AT+JWT"},
    "RFC 9068, of an issuer that copies the nonce": {"header_typ": "at+jwt", "nonce": "n-1"},
    "Keycloak": {"typ": "Bearer", "azp": "desk", "scope": "openid", "sid": "1", "acr": "1"},
    "Keycloak before 24": {"typ": "Bearer", "azp": "desk", "nonce": "n-1", "scope": "openid"},
    "Entra ID": {"azp": "desk", "scp": "ask", "ver": "2.0", "oid": "1"},
    "Cognito": {"token_use": "access", "client_id": "desk"},
    "ADFS": {"apptype": "Confidential", "appid": "desk", "scp": "openid"},
}
OTHER_TOKENS: dict[str, dict[str, Any]] = {
    "ID, with a nonce": {"nonce": "n-1", "auth_time": 1, "acr": "loa3", "amr": ["pwd"]},
    "ID, with the hash of an access token": {"at_hash": "h"},
    "ID, with the hash of a code": {"c_hash": "h"},
    "ID, with a scope as well": {"nonce": "n-1", "scope": "openid"},
    "ID of Keycloak": {"typ": "ID", "azp": "desk", "sid": "1"},
    "refresh of Keycloak": {"typ": "Refresh", "scope": "openid"},
    "ID of Cognito": {"token_use": "id"},
    "logout": {"header_typ": "logout+jwt", "events": {}},
    "logout, of an older issuer": {"events": {"http://schemas.openid.net/event/backchannel-logout": {}}},
    "proof of a key": {"header_typ": "dpop+jwt"},
}


@pytest.mark.parametrize("client", ["desk", "vaxreg"])
@pytest.mark.parametrize("kind", ACCESS_TOKENS)
def test_an_access_token_is_believed_whoever_made_it(shared: Issuer, kind: str, client: str) -> None:
    tokens = trusting(shared, VAXREG_OIDC_CLIENT=client)
    assert tokens.reader(shared.token(**ACCESS_TOKENS[kind]), "").role == "certificate-issuer"


@pytest.mark.parametrize("kind", OTHER_TOKENS)
def test_a_token_of_another_kind_opens_nothing_though_it_is_meant_for_the_register(
    shared: Issuer, tokens: Tokens, kind: str
) -> None:
    assert "no access token" in refused(tokens, shared.token(**OTHER_TOKENS[kind]))


def test_where_the_audience_is_the_client_s_name_a_token_has_to_say_that_it_is_one_for_access(shared: Issuer) -> None:
    # By its words alone this may be an ID token of a login without a nonce.
    bare = shared.token(azp="vaxreg", auth_time=1)
    trusting(shared, VAXREG_OIDC_CLIENT="desk").reader(bare, "")
    assert "no access token" in refused(trusting(shared, VAXREG_OIDC_CLIENT="vaxreg"), bare)


def test_what_the_claims_are_called_is_a_setting(shared: Issuer) -> None:
    tokens = trusting(shared, VAXREG_OIDC_ROLE_CLAIM="vax_role", VAXREG_OIDC_WHO_CLAIM="hsa_id")
    reader = tokens.reader(shared.token(vax_role=["registrar"], hsa_id="SE1-2"), "")
    assert (reader.who, reader.role) == ("SE1-2", "registrar")


def test_an_issuer_is_only_trusted_for_one_audience_and_over_a_safe_line() -> None:
    assert tokens_from({}) is None
    for env in (
        {"VAXREG_OIDC_ISSUER": "https://issuer.example"},
        {"VAXREG_OIDC_ISSUER": "http://issuer.example", "VAXREG_OIDC_AUDIENCE": "vaxreg"},
        {"VAXREG_OIDC_ISSUER": "file:///etc/passwd", "VAXREG_OIDC_AUDIENCE": "vaxreg"},
        {"VAXREG_OIDC_ISSUER": "http://[", "VAXREG_OIDC_AUDIENCE": "vaxreg"},
    ):
        with pytest.raises(SettingBroken):
            tokens_from(env)


class Ticks:
    """A clock that goes on when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_forged_key_ids_do_not_make_a_storm(issuer: Issuer) -> None:
    ticks = Ticks()
    keys = SigningKeys(issuer.address, ticks)
    with ThreadPoolExecutor(8) as many:
        found = list(many.map(keys.key, [f"forged-{number}" for number in range(200)]))
    assert found == [None] * 200
    assert issuer.asked.count("/keys") == 1
    ticks.now += PAUSE + 1
    assert keys.key("forged") is None
    assert issuer.asked.count("/keys") == 2


def test_a_new_key_is_found_without_a_restart(issuer: Issuer) -> None:
    ticks = Ticks()
    keys = SigningKeys(issuer.address, ticks)
    assert keys.key("key-ES256")
    issuer.adds("new")
    ticks.now += PAUSE + 1
    assert keys.key("new")


def test_a_key_that_is_withdrawn_holds_no_longer(issuer: Issuer) -> None:
    ticks = Ticks()
    keys = SigningKeys(issuer.address, ticks)
    assert keys.key("key-ES256")
    del issuer.keys["key-ES256"]
    ticks.now += RENEWED + 1
    assert keys.key("key-ES256") is None


def test_keys_outlast_an_issuer_that_is_silent_for_a_while(issuer: Issuer) -> None:
    ticks = Ticks()
    keys = SigningKeys(issuer.address, ticks)
    assert keys.key("key-ES256")
    issuer.silent = True
    ticks.now += RENEWED + 1
    assert [bool(keys.key("key-ES256")) for _ in range(50)] == [True] * 50
    assert len(issuer.asked) == 3  # discovery and keys once, and one more try
    ticks.now += connection.KEPT
    with pytest.raises(IssuerSilent):
        keys.key("key-ES256")


@pytest.mark.parametrize(
    "described",
    [
        {"issuer": "https://another.example"},
        {"jwks_uri": "http://issuer.example/keys"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": None},
        {"jwks_uri": "ELSEWHERE"},
        {"more": "x" * connection.LONGEST},
    ],
    ids=lambda described: next(iter(described)),
)
def test_keys_come_only_from_the_issuer_itself(issuer: Issuer, described: dict[str, Any]) -> None:
    issuer.described = {
        name: f"{issuer.address}/elsewhere" if value == "ELSEWHERE" else value for name, value in described.items()
    }
    with pytest.raises(IssuerSilent):
        SigningKeys(issuer.address).key("key-ES256")


def test_private_parts_that_an_issuer_publishes_by_mistake_are_left_there(issuer: Issuer) -> None:
    algorithm, key = issuer.keys["key-RS256"]
    issuer.more_keys = [jwt.get_algorithm_by_name(algorithm).to_jwk(key, as_dict=True) | {"kid": "whole"}]
    jwk = SigningKeys(issuer.address).key("whole")
    assert jwk
    assert set(jwk) <= {"kty", "alg", "n", "e"}
