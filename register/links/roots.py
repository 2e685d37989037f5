"""Who keeps the doses: of all identities that links make one person, one is the root."""

from collections.abc import Iterable

from register.links.history import LinkHistory, Said


def roots(identities: Iterable[int], links: Iterable[Said]) -> dict[int, int]:
    """The root of each identity, by person ids.

    Links are taken in the order in which they were written, and each time the root of the identity kept stays. So it
    does not matter which arrived first, and one that is taken away leaves every part as if it had never been there.
    """
    root = {identity: identity for identity in identities}
    for link in sorted(links, key=lambda link: (link.number, link.kept, link.absorbed)):
        stays, goes = root[link.kept], root[link.absorbed]
        if stays != goes:
            root |= {identity: stays for identity, its_root in root.items() if its_root == goes}
    return root


def links_among(histories: Iterable[LinkHistory]) -> list[Said]:
    """The links that stand, each once."""
    pairs = {pair: said for history in histories for pair, said in history.items()}
    return [said for said in pairs.values() if said.state == "linked"]
