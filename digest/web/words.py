"""What the public pages say."""

from __future__ import annotations

from dataclasses import dataclass

from subscribers.model import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A page: a heading, some lines, and what can be done."""

    title: str
    lines: tuple[str, ...] = ()
    button: str = ""
    note: str = ""


def leaving(newsletter: str) -> Said:
    return Said(
        title="Leave this newsletter?",
        lines=(f"You get no more mail of {newsletter} once you press the button.",),
        button="Unsubscribe",
    )


def left(newsletter: str) -> Said:
    return Said(
        title="You have left",
        lines=(f"There will be no more mail of {newsletter}.",),
        note="An issue that is on its way already may still reach you.",
    )


def answered(newsletter: str, answer: Answer) -> Said:
    """What following the link of a question would do, or has done."""
    match answer:
        case Answer.OPEN:
            return Said(
                title="Confirm your subscription",
                lines=(f"Press the button, and {newsletter} comes to your mailbox.",),
                button="Yes, I want it",
            )
        case Answer.CONFIRMED:
            return Said(title="Welcome", lines=(f"You get {newsletter} from now on.",))
        case Answer.ALREADY:
            return Said(
                title="It is confirmed already",
                lines=("There is nothing more to do.",),
            )
    # also where an address takes no mail: no page tells whether one is known
    return Said(
        title="This link is too old",
        lines=("Links are good for a week. Please sign up once more.",),
    )


def approving() -> Said:
    return Said(
        title="Approve this issue?",
        lines=("It goes out at its time once you press the button.",),
        button="Approve",
    )


def approved() -> Said:
    return Said(title="It is approved", lines=("It goes out at its time.",))


def not_waiting() -> Said:
    return Said(
        title="Nothing waits for this",
        lines=("It was decided before, or its deadline is over.",),
    )
