"""Who is the same person: reports that share an identifier, directly or through others."""

import re
import unicodedata

import networkx as nx
import pandas as pd

# An address beside more names with birth dates than this belongs to an office.
MOST_PERSONS_PER_EMAIL = 2


def plain_name(name: str) -> str:
    """Return a name in the form in which names are compared."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", name).casefold()).strip()


def identifiers(stays: pd.DataFrame) -> pd.DataFrame:
    """Return per stay the three identifiers as texts, empty where the row has none."""
    in_system = stays["system"] + "|" + stays["participant_id"]
    parts = stays[["first_name", "last_name", "birth_date"]]
    names = parts["first_name"].map(plain_name) + "|" + parts["last_name"].map(plain_name)
    return pd.DataFrame(
        {
            "participant_id": in_system.where(stays["participant_id"] != "", ""),
            "email": stays["email"].str.strip().str.lower(),
            "name_birth_date": (names + "|" + parts["birth_date"]).where((parts != "").all(axis=1), ""),
        }
    )


def office_addresses(identified: pd.DataFrame) -> set[str]:
    """Return the e-mail addresses that stand beside too many names with birth dates to be one person's."""
    named = identified[(identified["email"] != "") & (identified["name_birth_date"] != "")]
    beside = named.groupby("email")["name_birth_date"].nunique()
    return set(beside[beside > MOST_PERSONS_PER_EMAIL].index)


def person_of(stays: pd.DataFrame) -> pd.Series:
    """Return per stay the number of its person: a connected component of reports and identifiers."""
    identified = identifiers(stays)
    offices = office_addresses(identified)
    identified["email"] = identified["email"].where(~identified["email"].isin(offices), "")
    graph = nx.Graph()
    for stay, row in identified.iterrows():
        graph.add_node(("stay", stay))
        graph.add_edges_from((("stay", stay), (kind, value)) for kind, value in row.items() if value)
    number = {node: i for i, component in enumerate(nx.connected_components(graph)) for node in component}
    return pd.Series([number["stay", stay] for stay in stays.index], index=stays.index)
