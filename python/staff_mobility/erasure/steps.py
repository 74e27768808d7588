"""What the verbs ``erase`` and ``rotate-key`` do, from the warehouse to what was published of it.

Imports stand inside the steps, as in `staff_mobility.steps`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from staff_mobility import steps
from staff_mobility.session import RefusedError, Session
from staff_mobility.settings import StepError, WrongUseError

if TYPE_CHECKING:
    from staff_mobility.erasure.erase import Asked, Plan
    from staff_mobility.erasure.rotate_key import Rotation
    from staff_mobility.publish.candidate import Order


def erase(session: Session, asked: Asked, order: Order, confirmed: str) -> None:
    """Show the plan of an erasure or, if it is confirmed, carry it out; what was broken off before is finished first."""
    from staff_mobility.erasure.told import after_lines, plan_lines

    is_continued = _finish_broken_off_erasure(session, order)
    if not asked.is_anybody:
        if not is_continued:
            raise WrongUseError("Say whom: --person-from FILE, or --person-key KEY.")
        return
    plan = _plan_or_erase(session, asked, order, confirmed)
    session.answer |= {"plan": plan.as_json(), "is_erased": bool(confirmed)}
    for line in plan_lines(plan, is_done=bool(confirmed)):
        session.say(line)
    if confirmed:
        _finish_erasure(session, order)
    for line in after_lines(plan, order, is_done=bool(confirmed)):
        session.say(line)


def _plan_or_erase(session: Session, asked: Asked, order: Order, confirmed: str) -> Plan:
    from staff_mobility.erasure.erase import NotFoundError, make_plan
    from staff_mobility.erasure.erase import erase as erase_person

    try:
        with session.working("writing a warehouse without the person" if confirmed else "looking"):
            if confirmed:
                return erase_person(session.settings, asked, order, confirmed)
            return make_plan(session.settings, asked, order)
    except NotFoundError as error:
        raise RefusedError([str(error)]) from None


def _finish_broken_off_erasure(session: Session, order: Order) -> bool:
    """Do what is left of an erasure whose rows are gone already; return whether there was one."""
    from staff_mobility.erasure.erase import KIND, is_unfinished
    from staff_mobility.landing.connection import open_warehouse

    if not session.settings.warehouse.is_file():
        raise WrongUseError(f"There is no {session.settings.warehouse}, so nobody can be erased from it.")
    with open_warehouse(session.settings, session.patience) as con:
        unfinished = is_unfinished(con, KIND)
    if unfinished:
        session.say("An erasure was broken off after the rows were gone; it is finished now.")
        _finish_erasure(session, order)
    return unfinished


def _finish_erasure(session: Session, order: Order) -> None:
    """Build, publish and remove what was published before; what fails here is done by the next `erase`."""
    from staff_mobility.erasure.erase import KIND, complete, remove_publications
    from staff_mobility.gate.site import write_gate_site
    from staff_mobility.landing.connection import gate_of, open_warehouse

    settings = session.settings
    note = (
        "The person's rows are gone from the warehouse, and what was published before is still there. Mend this and"
        " run: staff-mobility erase"
    )
    try:
        steps.build(session, [])
        shown = _publish_again(session, order)
    except RefusedError as error:
        raise RefusedError([*error.messages, note]) from None
    except StepError as error:
        raise StepError(f"{error} {note}") from None
    removed = remove_publications(settings, order, shown)
    write_gate_site(settings, gate_of(settings))
    with open_warehouse(settings, session.patience) as con:
        complete(con, KIND)
    session.answer["removed"] = removed
    session.say(f"Removed: {len(removed)} former publications and schemas.")


def _publish_again(session: Session, order: Order) -> str | None:
    """Publish, if anything was ever published; return what readers see."""
    from staff_mobility.publish.place import Published

    if Published(session.settings.published).current_id() is None and not order.postgres:
        return None
    steps.publish(session, order)
    return str(session.answer["publication"])


def rotate_key(session: Session, order: Order, *, is_rehearsal: bool) -> None:
    """Change the key and close what shows former pseudonyms; a rehearsal only counts."""
    from staff_mobility.erasure.rotate_key import plan_rotation
    from staff_mobility.erasure.told import rotation_lines

    settings = session.settings
    if not settings.warehouse.is_file():
        raise WrongUseError(f"There is no {settings.warehouse}, so there is no key to change.")
    removed = None
    rotation = plan_rotation(settings, order) if is_rehearsal else _changed_key(session, order)
    if not is_rehearsal:
        removed = session.answer["removed"] = _close_former_pseudonyms(session, order)
    session.answer["is_rotated"] = not is_rehearsal
    if rotation is None:
        session.say("The key had been changed and the rest was broken off; it is finished now.")
        return
    session.answer["rotation"] = rotation.as_json()
    for line in rotation_lines(rotation, removed):
        session.say(line)


def _changed_key(session: Session, order: Order) -> Rotation | None:
    """Change the key; None if that was done by a call that was broken off afterwards."""
    from staff_mobility.erasure.erase import is_unfinished
    from staff_mobility.erasure.rotate_key import KIND
    from staff_mobility.erasure.rotate_key import rotate_key as change_key
    from staff_mobility.landing.connection import open_warehouse, warehouse_key

    with open_warehouse(session.settings, session.patience) as con:
        if is_unfinished(con, KIND):
            # The next key takes its place, if it has not yet.
            warehouse_key(con, session.settings)
            return None
    with session.working("writing a warehouse with new pseudonyms"):
        return change_key(session.settings, order)


def _close_former_pseudonyms(session: Session, order: Order) -> list[str]:
    from staff_mobility.erasure.erase import complete
    from staff_mobility.erasure.rotate_key import KIND, are_pseudonyms_shown, remove_former_pseudonyms
    from staff_mobility.landing.connection import open_warehouse

    removed = []
    if are_pseudonyms_shown(session.settings, order):
        _publish_again(session, order)
        removed = remove_former_pseudonyms(session.settings, order)
    with open_warehouse(session.settings, session.patience) as con:
        complete(con, KIND)
    return removed
