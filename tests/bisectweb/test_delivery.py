"""Mails at a real mail server that fails in every way: none is lost, none doubled by itself."""

from __future__ import annotations

import os
import random
import signal
import ssl
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from django.db import connections
from django.utils import timezone
from pytest_django import Settings

from bisectweb.models import Message
from bisectweb.outbound import outbox
from tests.factories import create_bug, create_message, create_tree, people
from tests.smtp import DROP, DROP_LATE, OK, STEPS, Mailbox, free_port, mail_server

pytestmark = pytest.mark.django_db(transaction=True)
State = Message.State


@pytest.fixture
def mailbox(settings: Settings) -> Iterator[Mailbox]:
    """A mail server that takes everything until it has another script."""
    box = Mailbox()
    with mail_server(box) as port:
        use(settings, port)
        yield box


def use(settings: Settings, port: int) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_TIMEOUT = 10


def sent(message: Message) -> Message:
    """Try to send it, once."""
    outbox.approve(message, None)
    Message.objects.update(not_before=None)
    outbox.send(message.pk)
    message.refresh_from_db()
    return message


def failing_at(step: str, reply: str) -> Mailbox:
    return Mailbox(script=lambda now, _: reply if now == step else OK)


def test_a_mail_arrives_as_it_was_written(mailbox: Mailbox) -> None:
    body = "Grüße\n.hidden\n..\n" + "x" * 990 + "\n"
    message = sent(create_message(body=body, people=people(["a@x.invalid"], ["l@x.invalid"])))
    assert (message.state, message.error) == (State.SENT, "")
    [content] = mailbox.contents
    assert body.replace("\n", "\r\n").encode() in content
    assert mailbox.recipients == [["a@x.invalid", "l@x.invalid"]]


@pytest.mark.parametrize("step", STEPS[1:])
def test_what_the_server_refuses_for_now_is_tried_again_later(mailbox: Mailbox, step: str) -> None:
    mailbox.script = failing_at(step, "451 come back later").script
    message = create_message()
    for attempt in (1, 2, 3):
        before = timezone.now()
        assert sent(message).state == State.APPROVED
        assert message.attempts == attempt
        assert message.not_before is not None
        assert message.not_before >= before + timedelta(minutes=2 ** (attempt - 1))
        assert "451 come back later" in message.error
        outbox.send(message.pk)
        message.refresh_from_db()
        assert message.attempts == attempt, "not before its time"
    mailbox.script = Mailbox().script
    assert sent(message).state == State.SENT
    assert list(mailbox.taken().values()) == [1]


@pytest.mark.parametrize("step", STEPS[1:])
def test_what_the_server_refuses_for_ever_fails_in_its_words(mailbox: Mailbox, step: str) -> None:
    mailbox.script = failing_at(step, "554 we do not want this").script
    message = sent(create_message())
    assert message.state == State.FAILED
    assert "554 we do not want this" in message.error
    assert not mailbox.contents


@pytest.mark.parametrize("step", STEPS[:-1])
def test_a_connection_lost_before_the_mail_left_is_tried_again(mailbox: Mailbox, step: str) -> None:
    mailbox.script = failing_at(step, DROP).script
    message = sent(create_message())
    assert (message.state, message.begun) == (State.APPROVED, None)
    assert message.error


@pytest.mark.parametrize("reply", [DROP, DROP_LATE])
def test_a_connection_lost_after_the_mail_left_is_a_question_for_a_person(
    mailbox: Mailbox, reply: str
) -> None:
    mailbox.script = failing_at("CONTENT", reply).script
    message = sent(create_message())
    assert message.state == State.UNKNOWN
    assert message.begun is not None
    outbox.send(message.pk)
    outbox.sweep()
    assert Message.objects.get().state == State.UNKNOWN
    assert len(mailbox.contents) == (reply == DROP_LATE)


def test_a_server_that_is_away_is_waited_for_and_given_up_at_last(settings: Settings) -> None:
    use(settings, free_port())
    message = create_message()
    assert sent(message).state == State.APPROVED
    assert "refused" in message.error
    Message.objects.update(attempts=outbox.ATTEMPTS - 1)
    assert sent(message).state == State.FAILED
    assert message.error.startswith("given up after 20 attempts: ")


def test_whoever_is_refused_keeps_nobody_else_from_a_mail(mailbox: Mailbox) -> None:
    mailbox.script = lambda step, address: "550 no such user" if address == "a@x.invalid" else OK
    message = sent(create_message(people=people(["a@x.invalid"], ["l@x.invalid"])))
    assert (message.state, mailbox.recipients) == (State.SENT, [["l@x.invalid"]])
    assert message.error == "not taken for a@x.invalid: 550 no such user"


def test_one_who_is_refused_for_now_is_waited_for_but_not_for_ever(mailbox: Mailbox) -> None:
    mailbox.script = lambda step, address: "450 greylisted" if address == "a@x.invalid" else OK
    message = create_message(people=people(["a@x.invalid"], ["l@x.invalid"]))
    assert sent(message).state == State.APPROVED
    assert not mailbox.contents
    Message.objects.update(attempts=outbox.ATTEMPTS - 1)
    assert sent(message).state == State.SENT
    assert mailbox.recipients == [["l@x.invalid"]]


def test_a_mail_taken_out_of_the_hands_of_a_slow_sender_does_not_leave(mailbox: Mailbox) -> None:
    message = create_message()

    def another_worker() -> None:
        Message.objects.update(claimed=timezone.now() - timedelta(days=1))
        outbox.sweep()
        connections.close_all()

    def slow(step: str, address: str) -> str:
        if step == "DATA":
            worker = Thread(target=another_worker)
            worker.start()
            worker.join()
        return OK

    mailbox.script = slow
    assert sent(message).state == State.APPROVED
    assert not mailbox.contents


def test_the_connection_is_encrypted_and_signed_in(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    box = Mailbox()
    with mail_server(box, context) as port:
        use(settings, port)
        message = create_message()
        assert "530" in sent(message).error, "not without encryption"
        settings.EMAIL_USE_TLS = True
        settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "us", "secret"
        assert "certificate verify failed" in sent(create_message()).error
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert sent(create_message()).state == State.SENT
        assert (box.users, box.encrypted) == (["us"], [True])
        settings.EMAIL_HOST_PASSWORD = "wrong"
        refused = sent(create_message())
        assert (refused.state, "535" in refused.error) == (State.FAILED, True)


class Trouble:
    """A script that fails at random, and now and then kills the sender."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.sender = 0
        self.kills = 0

    def __call__(self, step: str, address: str) -> str:
        chance = self.random.random()
        if chance < 0.06 and self.sender:
            os.kill(self.sender, signal.SIGKILL)
            self.sender = 0
            self.kills += 1
        if 0.06 <= chance < 0.13:
            return self.random.choice(["451 later", "451 later", "554 never", DROP, DROP_LATE])
        return OK


def send_in_a_process(message: Message, trouble: Trouble, seconds: float) -> int:
    """Send in a process of its own, which dies without a word after so many seconds.

    The alarm's default action ends it as SIGKILL does: nothing of the program runs any more.
    """
    connections.close_all()
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        outbox.send(message.pk)
        os._exit(0)
    trouble.sender = child
    _, status = os.waitpid(child, 0)
    trouble.sender = 0
    return os.WTERMSIG(status)


def time_goes_by() -> None:
    Message.objects.update(not_before=None)
    Message.objects.filter(state=State.SENDING).update(claimed=timezone.now() - outbox.SILENCE * 2)
    outbox.sweep()


def ends() -> list[str]:
    return list(Message.objects.values_list("state", flat=True))


OVER = {State.SENT, State.FAILED, State.UNKNOWN}
KILLS = int(os.environ.get("BISECTWEB_TEST_KILLS", "40"))


def test_no_mail_is_lost_or_doubled_however_senders_and_server_die(
    settings: Settings, mailbox: Mailbox
) -> None:
    """`BISECTWEB_TEST_KILLS=200` kills as often."""
    bug = create_bug(tree=create_tree(mails_per_hour=0))
    kills = 0
    began = time.monotonic()
    settings.MAILS_PER_HOUR = settings.MAILS_PER_RECIPIENT = 0
    trouble = Trouble(seed=7)
    send_in_a_process(create_message(bug=bug, state=State.APPROVED), trouble, 60)
    mailbox.script = trouble
    longest = 2 * (time.monotonic() - began)
    while kills < KILLS or set(ends()) != OVER:
        message = create_message(bug=bug)
        outbox.approve(message, None)
        while Message.objects.get(pk=message.pk).state == State.APPROVED:
            died = send_in_a_process(message, trouble, trouble.random.uniform(0.001, longest))
            kills += died in (signal.SIGALRM, signal.SIGKILL)
            time_goes_by()
    taken = mailbox.taken()
    assert set(ends()) == OVER, "none is left on the way"
    for message in Message.objects.all():
        arrived = taken[message.message_id]
        assert arrived <= 1, "doubled"
        assert (message.state != State.SENT) or arrived == 1, "lost"
        if message.state == State.FAILED:
            assert arrived == 0
            assert message.error
