"""Another process that computes beside this one, for what takes the time of a processor rather than the database's."""

from __future__ import annotations

import gc
import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import IO, Any, ParamSpec, Protocol, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")

#: So many calls may wait for the other process, so that it is never without, and so many be begun in all.
_WAITING, _BEGUN_AT_MOST = 2, 6


class Beside(Protocol):
    """Begins to call a function, and gives what will have its result."""

    def __call__(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Future[R]: ...


@contextmanager
def computed_beside(*, worth_it: bool = True) -> Iterator[Beside]:
    """Have functions called one after the other in another process, or, where none is worth its start, at once.

    What the function is, takes and gives has to be picklable, and its module must need no Django, since nothing is set
    up there. The other process knows nothing of this one but what it is given, and ends with it, however that ends.
    ChildProcessError is raised if it ends before.
    """
    if not worth_it or (os.cpu_count() or 1) == 1:
        yield called_at_once
        return
    # Not by `multiprocessing`, which a background worker, itself of that kind, may not begin anything with.
    with (
        subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        ) as process,
        ThreadPoolExecutor(1) as thread,
    ):
        yield lambda function, *args, **kwargs: thread.submit(_asked, process, function, args, kwargs)


def shared_out(function: Callable[..., R], calls: Iterable[tuple[Any, ...]], beside: Beside) -> Iterator[R]:
    """What the function gives for each of these arguments, in order, computed beside and, meanwhile, here.

    Some calls are begun before the first result is given.
    """
    begun: deque[Future[R]] = deque()
    for arguments in calls:
        busy = sum(not one.done() for one in begun) >= _WAITING
        begun.append((called_at_once if busy else beside)(function, *arguments))
        while begun and (begun[0].done() or len(begun) > _BEGUN_AT_MOST):
            yield begun.popleft().result()
    for one in begun:
        yield one.result()


def called_at_once(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Future[R]:
    """Call a function here, and give what has its result."""
    done: Future[R] = Future()
    done.set_result(function(*args, **kwargs))
    return done


def _asked(process: subprocess.Popen[bytes], function: Callable[..., R], args: object, kwargs: object) -> R:
    """What the other process makes of it."""
    asking, answered = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
    try:
        pickle.dump((function, args, kwargs), asking, pickle.HIGHEST_PROTOCOL)
        asking.flush()
        good, made = pickle.load(answered)  # noqa: S301 - it is our own process
    except (EOFError, OSError) as error:
        raise ChildProcessError("the process that computes beside has ended; was there too little memory?") from error
    if good:
        return made  # type: ignore[no-any-return]  # it is what the function gives
    raise made


@contextmanager
def rarely_collected() -> Iterator[None]:
    """Have Python look rarely for garbage that refers to itself, of which rows make none.

    It would look at the rows at hand after every 700 new ones, which takes a third of the time of reading them. Holds
    for the whole process: for what runs for long.
    """
    before = gc.get_threshold()
    gc.set_threshold(200_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def serve(asked: IO[bytes], answers: IO[bytes]) -> None:
    """Call what is sent, until nobody is there to send."""
    # Whoever began this process is told by Ctrl-C as well, and ends it.
    with suppress(EOFError, OSError, KeyboardInterrupt), rarely_collected():
        while True:
            function, args, kwargs = pickle.load(asked)  # noqa: S301 - only who began this process can send
            answer: tuple[bool, Any]
            try:
                answer = True, function(*args, **kwargs)
            except Exception as error:  # noqa: BLE001 - whatever it is, the one who asked gets it
                answer = False, error
            pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
            answers.flush()


if __name__ == "__main__":
    # What a function prints must not stand between the answers.
    answers, sys.stdout = sys.stdout.buffer, sys.stderr
    serve(sys.stdin.buffer, answers)
