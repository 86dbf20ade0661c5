"""A small CRM plugin in Python: tells a remote of each payment once and says what it saw on the way."""

import json
import random
import time
from typing import Optional

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import clock, format, http, log, settings, state
from wit_world.imports.types import Delivery, InboundRequest, Outcome

KEY = "told"


def outcome(kind: str, code: str = "", message: str = "", remote_ref: Optional[str] = None, extra=()) -> Outcome:
    return Outcome(
        kind=kind,
        code=code,
        message=message,
        retry_after_ms=None,
        scope="message",
        remote_ref=remote_ref,
        extra=list(extra),
    )


def count() -> int:
    """How often this installation was told of payments, this time included."""
    entry = state.get(KEY)
    told = int(entry.value) + 1 if entry else 1
    state.compare_and_set(KEY, entry.version if entry else None, str(told).encode(), None)
    return told


def tell(delivery: Delivery, told: int) -> http.Response:
    api_base = json.loads(settings.read())["api_base"]
    return http.send(
        http.Request(
            method="POST",
            url=f"{api_base}/echo/deals",
            headers=[("content-type", "application/json"), ("x-key", "Bearer {{secret:token}}")],
            body=json.dumps({"order": delivery.payment.order_id, "told": told}).encode(),
            slots=[http.Slot(secret="token", place="header", field="x-key")],
            step="tell",
            timeout_ms=None,
            extra=[],
        )
    )


class CrmSink(exports.CrmSink):
    def sync(self, delivery: Delivery) -> Outcome:
        if delivery.id == "throw":
            raise RuntimeError("told to")
        while delivery.id == "loop":
            pass
        told = count()
        log.write("info", f"Told of {format.money(delivery.payment.amount, 'en')}", [("told", str(told))])
        # The module's own generator was seeded when the component was built, so it would give every run the same numbers.
        chance = random.SystemRandom()
        extra = [
            ("clock", str(clock.now())),
            ("date", str(int(time.time() * 1000))),
            ("random", f"{chance.random()} {chance.random()}"),
        ]
        try:
            answer = tell(delivery, told)
        except Err as error:
            failure = error.value
            kind = "ambiguous" if failure.kind == "ambiguous" else "retry"
            return outcome(kind, code=failure.kind, message=failure.message, extra=extra)
        return outcome("done", remote_ref=str(answer.status), extra=extra)


class Inbound(exports.Inbound):
    def handle(self, request: InboundRequest) -> Outcome:
        return outcome("done", message=f"{len(request.body)} bytes")


class Schedule(exports.Schedule):
    def tick(self, occurrence) -> Outcome:
        return outcome("done", message=occurrence.name)


class SelfTest(exports.SelfTest):
    def check(self) -> Outcome:
        return outcome("done", message="Ready")


class Setup(exports.Setup):
    def connect(self, wish) -> list:
        # There is nothing at the remote that would have to be set up.
        return []


class Choices(exports.Choices):
    def offer(self, wanted) -> list:
        # No setting is chosen from a list.
        return []
