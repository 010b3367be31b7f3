"""django-q2's queue in the database, for a database that may be busy or away for a while."""

from __future__ import annotations

import logging
from time import sleep
from typing import Any

from django.db import DatabaseError
from django_q.brokers.orm import ORM
from django_q.conf import Conf

logger = logging.getLogger(__name__)

#: How often it is tried to strike a piece of work off the queue; what is left on it does no harm.
TRIES = 10


class PatientQueue(ORM):  # type: ignore[misc]  # django-q2 has no annotations
    """Waits where django-q2's own would end the process that asks: on SQLite a long job holds the only writer."""

    def dequeue(self) -> list[tuple[int, str]] | None:
        try:
            return super().dequeue()  # type: ignore[no-any-return]
        except DatabaseError as error:
            logger.info("The queue cannot be read now: %s", error)
            sleep(Conf.POLL)
            return None

    def delete(self, task_id: Any) -> None:
        for _ in range(TRIES):
            try:
                super().delete(task_id)
                return
            except DatabaseError as error:
                logger.info("The queue cannot be written now: %s", error)
                sleep(Conf.POLL)
