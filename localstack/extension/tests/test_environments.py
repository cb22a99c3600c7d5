"""Which execution environment an invocation gets, with environments that do not run."""

import contextlib
import itertools
import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import unique, wait_for
from localstack.services.lambda_.invocation.execution_environment import InvalidStatusException

from isobar_localstack.functions import environments
from isobar_localstack.functions.environments import environment_for_invocation

_LONG_S = 60


class Environment:
    def __init__(self, number: int, kind: str = "on-demand"):
        self.id, self.initialization_type = number, kind
        self.is_free, self.waits_for_end = True, False

    def reserve(self):
        if not self.is_free:
            raise InvalidStatusException("busy")
        self.is_free = self.waits_for_end = False

    def release(self):
        self.is_free = self.waits_for_end = True


class Service:
    """Starts take until `go_on` is set."""

    def __init__(self, *listed: Environment):
        self.version = unique("version")
        self.listed = {each.id: each for each in listed}
        self.environments = defaultdict(dict, {self.version: self.listed})
        self.go_on = threading.Event()
        self.failure: Exception | None = None
        self.numbers = itertools.count(len(listed) + 1)
        self.starting = self.started = 0

    def start_environment(self, *_version):
        self.starting += 1
        assert self.go_on.wait(_LONG_S)
        if self.failure:
            raise self.failure
        self.started += 1
        return Environment(next(self.numbers))

    def stop_environment(self, environment):
        self.listed.pop(environment.id)

    def get(self, kind: str = "on-demand"):
        return environment_for_invocation(self, self.version, None, kind)

    @property
    def line(self):
        return environments._lines[self.version]

    def number_waiting(self) -> int:
        return len(self.line._waiting) if self.version in environments._lines else 0

    def take(self) -> Environment:
        """Without an end of the invocation."""
        return self.get().__enter__()


@pytest.fixture
def wait(monkeypatch):
    """Sets how long an invocation waits before another environment starts: very long by default."""

    def set_waits(**seconds: float):
        names = {
            "busy": "_WAIT_FOR_BUSY_S",
            "starting": "_WAIT_FOR_STARTING_S",
            "enough": "_WAIT_BESIDE_ENOUGH_S",
        }
        for name, constant in {**names, "turn": "_WAIT_FOR_TURN_S"}.items():
            monkeypatch.setattr(environments, constant, seconds.get(name, _LONG_S))

    monkeypatch.setattr(environments, "_turns", threading.BoundedSemaphore(2))
    monkeypatch.setattr(environments, "_ENOUGH", 100)
    set_waits()
    return set_waits


@pytest.fixture
def pool():
    with ThreadPoolExecutor(8) as threads:
        yield threads


def test_an_invocation_without_an_environment_starts_one_and_the_next_reuses_it(wait):
    service = Service()
    service.go_on.set()
    with service.get() as first:
        assert not first.is_free
    with service.get() as second:
        assert second is first
    assert service.started == 1


def test_an_invocation_takes_what_becomes_free_while_another_environment_starts(wait, pool):
    wait(busy=0)
    service = Service(Environment(1))
    with service.get() as busy:
        waiting = pool.submit(service.take)
        wait_for(lambda: service.starting == 1)
        assert not waiting.done()
    assert waiting.result(_LONG_S) is busy
    service.go_on.set()
    # Nobody needs the new one. It stays for later invocations, and ends like any other.
    wait_for(lambda: 2 in service.listed)
    assert service.listed[2].waits_for_end
    assert service.take().id == 2


def test_no_environment_starts_for_an_invocation_that_waits_for_a_moment(wait, pool):
    service = Service(Environment(1))
    with service.get() as busy:
        waiting = pool.submit(service.take)
        wait_for(lambda: service.number_waiting() == 1)
    assert waiting.result(_LONG_S) is busy
    assert service.starting == 0


def test_waiting_invocations_are_served_in_their_order(wait, pool):
    service = Service(Environment(1))
    served = []

    def invoke(number: int) -> None:
        with service.get():
            served.append(number)

    with service.get():
        for number in range(5):
            pool.submit(invoke, number)
            wait_for(lambda number=number: service.number_waiting() == number + 1)
    wait_for(lambda: served == [0, 1, 2, 3, 4], within_s=5)


def test_while_one_environment_starts_the_next_start_is_put_off(wait, pool):
    service = Service()
    taken = [pool.submit(service.take) for _ in range(3)]
    wait_for(lambda: service.number_waiting() == 3)
    wait_for(lambda: service.starting == 1)
    wait(starting=0)
    service.line.call_first()
    wait_for(lambda: service.starting == 2)
    service.go_on.set()
    wait(busy=0, starting=0)
    service.line.call_first()
    assert {each.result(_LONG_S).id for each in taken} == {1, 2, 3}


def test_no_more_environments_start_than_invocations_wait(wait, pool):
    wait(busy=0, starting=0)
    service = Service()
    taken = [pool.submit(service.take) for _ in range(2)]
    wait_for(lambda: service.starting == 2)
    service.line.call_first()
    service.go_on.set()
    assert {each.result(_LONG_S).id for each in taken} == {1, 2}
    assert service.starting == 2


def test_as_many_environments_start_at_a_time_as_there_are_processors(wait, pool):
    wait(busy=0, starting=0)
    service = Service()
    taken = [pool.submit(service.take) for _ in range(5)]
    wait_for(lambda: service.starting == 2 and service.number_waiting() == 5)
    assert not environments._turns.acquire(blocking=False)
    service.go_on.set()
    assert len({each.result(_LONG_S).id for each in taken}) == 5
    # All turns are given back.
    wait_for(lambda: environments._turns._value == 2)


def test_waiting_for_a_turn_to_start_ends(wait):
    wait(turn=0.02)
    service = Service()
    service.go_on.set()
    with contextlib.ExitStack() as turns:
        for _ in range(2):
            turns.enter_context(environments._turns)
        assert service.take().id == 1
    assert environments._turns._value == 2


@pytest.mark.parametrize(("waits_s", "started"), [(_LONG_S, 0), (0.02, 1)])
def test_beside_enough_environments_another_one_starts_only_if_none_becomes_free(
    wait, pool, monkeypatch, waits_s, started
):
    monkeypatch.setattr(environments, "_ENOUGH", 2)
    wait(busy=0, starting=0, enough=waits_s)
    service = Service(Environment(1), Environment(2))
    service.go_on.set()
    first, second = service.get(), service.get()
    first.__enter__(), second.__enter__()
    waiting = pool.submit(service.take)
    wait_for(lambda: waiting.done() if started else service.number_waiting() == 1)
    second.__exit__(None, None, None)
    assert waiting.result(_LONG_S).id == (3 if started else 2)
    assert service.started == started


def test_an_invocation_fails_if_its_environment_does_not_start(wait):
    service = Service()
    service.failure = RuntimeError("no node")
    service.go_on.set()
    with pytest.raises(RuntimeError, match="no node"):
        service.take()
    service.failure = None
    assert service.take().id == 1


def test_a_failed_invocation_ends_its_environment_and_another_one_starts(wait):
    service = Service(Environment(1))
    service.go_on.set()
    with pytest.raises(ValueError, match="on purpose"), service.get():
        raise ValueError("on purpose")
    assert service.take().id == 2


def test_invocations_get_environments_of_their_kind(wait):
    service = Service(Environment(1, "provisioned-concurrency"))
    service.go_on.set()
    on_demand = service.take()
    assert on_demand.id == 2
    with service.get("provisioned-concurrency") as provisioned:
        assert provisioned.id == 1
        with pytest.raises(environments.AssignmentException, match="No provisioned environment is free"):
            service.get("provisioned-concurrency").__enter__()


def test_a_version_that_is_not_invoked_keeps_nothing(wait):
    service = Service(Environment(1))
    with service.get():
        assert service.version in environments._lines
    assert service.version not in environments._lines
