"""Bounded work: one answer for equal questions, a clear no when it is full, a limit in time."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from geoplan.app.desk import BusyError, Desk, SlowError


@pytest.fixture
def gate():
    """Work that waits until it may end."""
    event = threading.Event()
    yield event
    event.set()


def test_equal_questions_are_worked_once(gate):
    calls = []

    def work():
        calls.append(1)
        gate.wait(5)
        return b"answer"

    async def both():
        first = asyncio.ensure_future(desk.ask("q", work))
        second = asyncio.ensure_future(desk.ask("q", work))
        await asyncio.sleep(0.05)
        gate.set()
        return await asyncio.gather(first, second)

    desk = Desk()
    assert asyncio.run(both()) == [b"answer", b"answer"]
    assert asyncio.run(desk.ask("q", work)) == b"answer"  # remembered
    assert len(calls) == 1
    desk.close()


def test_a_full_desk_refuses_and_takes_work_again(gate):
    async def three():
        waiting = [asyncio.ensure_future(desk.ask(k, lambda: gate.wait(5) and b"x")) for k in range(2)]
        await asyncio.sleep(0.05)
        with pytest.raises(BusyError):
            await desk.ask("third", lambda: b"y")
        gate.set()
        await asyncio.gather(*waiting)
        return await desk.ask("third", lambda: b"y")

    desk = Desk([ThreadPoolExecutor(1)], queue=2)
    assert asyncio.run(three()) == b"y"
    desk.close()


def test_slow_work_is_given_up_but_keeps_its_thread(gate):
    async def slow():
        with pytest.raises(SlowError):
            await desk.ask("slow", lambda: gate.wait(5) and b"x")
        with pytest.raises(BusyError):
            await desk.ask("next", lambda: b"y")

    desk = Desk([ThreadPoolExecutor(1)], queue=1, timeout_s=0.05)
    asyncio.run(slow())
    gate.set()
    desk.close()


def test_a_fault_is_raised_and_not_remembered():
    answers = iter([ValueError("no"), None])

    def work():
        fault = next(answers)
        if fault:
            raise fault
        return b"x"

    async def twice():
        with pytest.raises(ValueError, match="no"):
            await desk.ask("q", work)
        return await desk.ask("q", work)

    desk = Desk()
    assert asyncio.run(twice()) == b"x"
    desk.close()


def test_old_answers_are_forgotten():
    async def many():
        for k in range(5):
            await desk.ask(k, lambda: b"x")

    desk = Desk(kept=3)
    asyncio.run(many())
    assert list(desk._done) == [2, 3, 4]
    desk.close()
