"""The page at /api: what the API can be asked, out of the same description that programs read."""

from collections.abc import Iterator
from typing import Any

from connectors.outgoing.dashboard import frame
from connectors.outgoing.words import Words


def reference(described: dict[str, Any], words: Words, **header: Any) -> str:
    """The page, from the application's OpenAPI description."""

    def link(**changed: object) -> str:
        return "/api?lang=" + str(changed["lang"])

    return frame("api.html", words, link, routes=list(_routes(described)), **header)


def _routes(described: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path, methods in described["paths"].items():
        for method, said in methods.items():
            yield {
                "id": said["operationId"],
                "method": method.upper(),
                "path": path,
                "description": said["description"],
                "parameters": [*_parameters(said), *_fields(said, described)],
            }


def _parameters(said: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for parameter in said.get("parameters", []):
        yield parameter["name"], parameter["description"], _rule(parameter["schema"])


def _fields(said: dict[str, Any], described: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The fields of a body, which are its parameters."""
    for content in said.get("requestBody", {}).get("content", {}).values():
        name = content["schema"]["$ref"].rpartition("/")[2]
        for field, schema in described["components"]["schemas"][name]["properties"].items():
            yield field, schema["description"], _rule(schema)


def _rule(schema: dict[str, Any]) -> str:
    """What a value may be, in a few words."""
    rules = [one for one in schema.get("anyOf", [schema]) if one.get("type") != "null"]
    parts = []
    if "enum" in rules[0]:
        parts.append("One of " + ", ".join(rules[0]["enum"]) + ".")
    elif rules[0].get("format") == "date":
        parts.append("YYYY-MM-DD.")
    default = schema.get("default")
    if default not in (None, "", False):
        parts.append(f"Otherwise {default}.")
    return " ".join(parts)
