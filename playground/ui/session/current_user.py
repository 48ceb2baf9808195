"""Current user of the session: the participant named by the cookie, or NOBODY where there is no workshop."""

import os
from functools import cache
from pathlib import Path

import streamlit as st

from playground.storage.home import home_folder
from playground.ui.session.state import forget_session, session
from playground.wording.escape import escape_markdown
from playground.workshop.gate import COOKIE
from playground.workshop.person import NOBODY, Person
from playground.workshop.registry import Registry
from playground.workshop.settings import FLAG, Workshop, workshop_from
from playground.workshop.uploads import Uploads

GONE = "This workshop does not know you any more: [enter again](enter)."


def workshop() -> Workshop | None:
    """The settings of this server's workshop; None where one person uses it alone."""
    return _workshop(tuple((name, value) for name, value in os.environ.items() if name.startswith(FLAG)))


@cache
def _workshop(variables: tuple[tuple[str, str], ...]) -> Workshop | None:
    return workshop_from(dict(variables))


def registry() -> Registry:
    """The participants of this server's workshop."""
    allowed = workshop()
    return _registry(home_folder(), allowed.id if allowed else "")


@cache
def _registry(place: Path, workshop_id: str) -> Registry:
    return Registry(place, workshop_id)


def me() -> Person:
    """Who this session belongs to. Ends the script, with a sentence, where a workshop does not know the browser."""
    if workshop() is None:
        return NOBODY
    person = registry().person(_token())
    if person is None:
        st.error(GONE)
        st.stop()
    return person


def uploads() -> Uploads | None:
    """What this person has brought; None where one person uses the app alone, and every path is theirs."""
    return None if workshop() is None else Uploads(registry().folder_of(me()))


def begin() -> Person:
    """Before anything is drawn. A session that was somebody else's, on the same browser, is forgotten first."""
    person = me()
    if session().person not in ("", person.id):
        forget_session()
    session().person = person.id
    return person


def who_line(person: Person) -> None:
    """One small line: who one is, and the way out."""
    if person != NOBODY:
        role = ", presenter" if person.presenter else ""
        st.caption(f"You are **{escape_markdown(person.name)}**{role} · [Leave]({_base()}/leave)")


def _token() -> str:
    return str(st.context.cookies.get(COOKIE, ""))


def _base() -> str:
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return base and f"/{base}"
