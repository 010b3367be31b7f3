"""Writing on the pages: by managers, by staff about themselves, and by who signs in."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.utils.timezone import localdate

from roles.links import make_link
from roles.models import ApiToken, User

from .way import Way, World, result

PASSWORD = "correct horse battery staple"  # noqa: S105


def _record(world: World, _: Any) -> None:
    sent = {
        "token": "5f0b4f0e-3d2a-4f5e-9e3b-1c2d3e4f5a6b",
        "assessed_on": localdate().isoformat(),
        "method": "manager",
        "expires_on": "",
        "evidence": "",
        "level/S1/C-1": "2",
        "level/S2/C-1": "3",
    }
    assert world.browser("manager").post("/teams/SEC/record/", sent).status_code == 302


def _withdraw(world: World, _: Any) -> None:
    there = f"/results/{result('R3').pk}/withdraw/"
    assert world.browser("manager").post(there, {"reason": "Wrong person"}).status_code == 302


def _token(world: World, _: Any) -> None:
    sent = {"name": "Laptop", "scopes": ["read"], "expiry": "90"}
    assert world.browser("staff").post("/tokens/", sent).status_code == 201


def _revoke(world: World, _: Any) -> None:
    token = ApiToken.objects.get(user=world.cast["manager"])
    assert world.browser("manager").post(f"/tokens/{token.digest}/revoke/").status_code == 302


def _link(_: World) -> tuple[Client, str]:
    """A link that an administrator has made, opened."""
    client = Client()
    opened = client.get(make_link(user=User.objects.create(username="somebody")), follow=True)
    return client, opened.redirect_chain[-1][0]


def _set_own_password(_: World, opened: Any) -> None:
    client, there = opened
    assert client.post(there, {"new_password1": PASSWORD, "new_password2": PASSWORD}).status_code == 302


def _with_password(world: World) -> Client:
    user = world.cast["stranger"]
    user.set_password(PASSWORD)
    user.save()
    return world.browser("stranger")


def _change_password(_: World, client: Any) -> None:
    sent = {"oldpassword": PASSWORD, "password1": f"{PASSWORD} 2", "password2": f"{PASSWORD} 2"}
    assert client.post("/accounts/password/change/", sent).status_code == 302


def _seeing(world: World) -> Client:
    """The administrator's browser, in which they see the pages as the manager does."""
    client = world.browser("administrator")
    client.post(f"/admin/access/users/{world.cast['manager'].pk}/see-as/", {"reason": "Ticket"})
    return client


def _stop(_: World, client: Any) -> None:
    assert client.post("/see-as/stop/").status_code == 302


def _sign_out(_: World, client: Any) -> None:
    assert client.post("/accounts/logout/").status_code == 302


def _held(world: World, _: Any) -> None:
    assert world.browser("staff").post("/people/S1/held/").status_code == 200


WAYS = [
    Way("page held", _held, "person.exported", "S1", actor="staff"),
    Way("page record", _record, "results.recorded", actor="manager"),
    Way("page withdraw", _withdraw, "result.withdrawn", "S2 C-2 R3", actor="manager"),
    Way("page tokens", _token, "token.made", "staff Laptop", actor="staff"),
    Way("page revoke_token", _revoke, "token.revoked", "manager BI", actor="manager"),
    Way("page set_own_password", _set_own_password, "user.password_set", "somebody", prepare=_link, actor="somebody"),
    Way("page account_change_password", _change_password, "user.password_set", "stranger", prepare=_with_password,
        actor="stranger"),
    Way("page see_as_stop", _stop, "see_as.ended", "manager", prepare=_seeing),
    # It ends what was seen as well.
    Way("page account_logout", _sign_out, "see_as.ended", "manager", prepare=_seeing),
]  # fmt: skip

#: What takes what is sent, and changes no fact and no right.
LEFT_OUT = {
    "set_language": "sets a cookie",
    "account_login": "signs in; guesses are counted by django-axes, and close a door for a while and no account",
    "account_signup": "nobody signs up",
    "account_set_password": "leads to the page that changes it",
}
