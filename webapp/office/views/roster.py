"""The roster: who takes part, and how that changes: one by one, or by a file."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from typing import Final

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp import web
from webapp.accounts.invitations import Delivery, Invitation, deliver, invite
from webapp.accounts.models import User
from webapp.authorisation import Action, InCourse, allow
from webapp.courses import roster as files
from webapp.courses.roster import LONGEST_GROUP, Roster, Seat
from webapp.office import people
from webapp.office.blueprint import bp
from webapp.office.forms import Form
from webapp.office.paging import page_of
from webapp.office.people import Wanted
from webapp.problems import Invalid, Problem

LARGEST_FILE: Final = 2**20


@bp.get("/courses/<slug>/setup/roster")
@allow(InCourse(Action.SET_UP))
def roster(slug: str) -> ResponseReturnValue:
    """The members, found by words, role and group."""
    del slug
    return _page(Form())


@bp.post("/courses/<slug>/setup/roster")
@allow(InCourse(Action.SET_UP))
def add_member(slug: str) -> ResponseReturnValue:
    """Adds one person, and hands on the invitation of a new account."""
    form = Form(request.form)
    seat, name = _seat(form), form.text("name", "name", 200)
    if not form.raw("email"):
        form.refuse("email", "Write in the e-mail address.")
    if not form.is_sound:
        return _page(form), 422
    try:
        with web.writing() as session:
            settings = web.services().settings
            invitation = people.add(session, web.course().id, web.person().id, form.raw("email"), name, seat, settings)
    except Invalid as problem:
        form.refuse("email", problem.detail)
        return _page(form), 422
    if invitation is None:
        flash(f"{form.raw('email')} takes part now, with the account that was there.", "right")
        return redirect(url_for("setup.roster", slug=slug))
    return _invitations([invitation], slug)


@bp.get("/courses/<slug>/setup/roster/<int(max=2147483647):number>")
@allow(InCourse(Action.SET_UP))
def member(slug: str, number: int) -> ResponseReturnValue:
    """One member: role and group, an invitation, the way out of the course."""
    del slug
    return _member_page(number, Form())


@bp.post("/courses/<slug>/setup/roster/<int(max=2147483647):number>")
@allow(InCourse(Action.SET_UP))
def change_member(slug: str, number: int) -> ResponseReturnValue:
    """Changes role and group."""
    form = Form(request.form)
    people.member_of(web.db(), web.course().id, number)
    seat = _seat(form)
    if form.is_sound:
        try:
            with web.writing() as session:
                people.change(session, web.course().id, web.person().id, number, seat)
        except Invalid as problem:
            form.refuse("role", problem.detail)
    if not form.is_sound:
        return _member_page(number, form), 422
    flash("The change is kept.", "right")
    return redirect(url_for("setup.member", slug=slug, number=number))


@bp.post("/courses/<slug>/setup/roster/<int(max=2147483647):number>/remove")
@allow(InCourse(Action.SET_UP))
def remove_member(slug: str, number: int) -> ResponseReturnValue:
    """Takes a member out of the course."""
    with web.writing() as session:
        removed = people.remove(session, web.course().id, web.person().id, number)
    flash(f"{removed.name} takes no part any more. What was handed in is kept.", "right")
    return redirect(url_for("setup.roster", slug=slug))


@bp.post("/courses/<slug>/setup/roster/<int(max=2147483647):number>/invite")
@allow(InCourse(Action.SET_UP))
def invite_member(slug: str, number: int) -> ResponseReturnValue:
    """A new link with which a member without a password chooses one."""
    user = people.member_of(web.db(), web.course().id, number).user
    if not people.is_ours_alone(web.db(), web.course().id, user):
        raise Invalid(
            "That account is not this course's alone",
            f"{user.email} belongs to another course, too, and a link opens the whole account. Ask who runs the server "
            f"for one: chainrule user invite {user.email}",
        )
    with web.writing() as session:
        invitation = invite(session, session.get_one(User, number), web.services().settings)
    return _invitations([invitation], slug)


@bp.post("/courses/<slug>/setup/roster/import")
@allow(InCourse(Action.SET_UP))
def import_roster(slug: str) -> ResponseReturnValue:
    """A file: first it is shown what it would change, or line by line what is wrong with it; then it is carried out."""
    data = _file()
    read = files.read_roster(data)
    if read.faults:
        return render_template("office/roster_faults.html", read=read), 422
    if request.form.get("apply") != "yes":
        return _import_preview(data, read)
    with web.writing() as session:
        settings = web.services().settings
        applied = people.import_roster(session, web.course().id, web.person().id, read, settings)
    plan = applied.plan
    flash(
        f"The roster is imported: {len(plan.new_accounts)} new accounts, {len(plan.new_members)} joined, "
        f"{len(plan.changes)} changed.",
        "right",
    )
    if not applied.invitations:
        return redirect(url_for("setup.roster", slug=slug))
    return _invitations(applied.invitations, slug)


def _import_preview(data: bytes, read: Roster) -> str:
    plan = files.plan(web.db(), web.course(), read)
    return render_template(
        "office/roster_preview.html",
        read=read,
        plan=plan,
        refusal=people.takes_own_role(plan, web.person()),
        refused=people.OWN_ROLE,
        words_of=people.words_of,
        content=base64.b64encode(data).decode(),
        leaves=web.services().mail.leaves,
    )


def _file() -> bytes:
    """The file itself, or the same once more as the preview has sent it back."""
    sent, kept = request.files.get("file"), request.form.get("content", "")
    if sent is not None and sent.filename:
        data: bytes = sent.read(LARGEST_FILE + 1)
    elif kept:
        try:
            data = base64.b64decode(kept, validate=True)
        except binascii.Error:
            raise Invalid("That is not the file", "It was changed on its way. Choose the file once more.") from None
    else:
        raise Invalid("Which file?", "Choose a CSV file with columns for name and e-mail address.")
    if len(data) > LARGEST_FILE:
        raise Problem(413, "That file is too large", "A roster may have 1 MiB. Is it the right file?")
    return data


def _seat(form: Form) -> Seat:
    return Seat(form.one_of("role", people.ROLES, "role"), form.text("group", "group", LONGEST_GROUP))


def _page(form: Form) -> str:
    session, course = web.db(), web.course()
    wanted = Wanted(*(request.args.get(key, "").strip()[:200] for key in ("words", "role", "group")))
    page = page_of(session, people.members(session, course.id, wanted), web.page_number())
    return render_template(
        "office/roster.html",
        form=form,
        wanted=wanted,
        page=page,
        uninvited=people.uninvited(session, [each.user_id for each in page.rows]),
        groups=people.groups(session, course.id),
        roles=people.ROLES,
        leaves=web.services().mail.leaves,
    )


def _member_page(number: int, form: Form) -> str:
    session, course = web.db(), web.course()
    found = people.member_of(session, course.id, number)
    return render_template(
        "office/member.html",
        member=found,
        form=form,
        groups=people.groups(session, course.id),
        roles=people.ROLES,
        has_password=found.user.password is not None,
        leaves=web.services().mail.leaves,
    )


def _invitations(invitations: Iterable[Invitation], slug: str) -> ResponseReturnValue:
    """Sends invitations where it is asked for, and shows the links of all others: they stand here and nowhere else."""
    held, course = web.services(), web.course()
    if request.form.get("send") == "yes" and held.mail.leaves:
        deliveries = deliver(held.mail, held.settings, invitations, f"{course.title} {course.edition}")
    else:
        deliveries = [Delivery(each, sent=False) for each in invitations]
    return render_template(
        "office/invitations.html",
        sent=[each for each in deliveries if each.sent],
        kept=[each for each in deliveries if not each.sent],
        problems=list(dict.fromkeys(each.problem for each in deliveries if each.problem)),
        days=held.settings.invitation_days,
        back=url_for("setup.roster", slug=slug),
    )
