"""The newest of what comes, and what the diagnostics say of it."""

from __future__ import annotations

import threading

from cg3d_ros.health import ERROR, OK, WARN, Health
from cg3d_ros.newest import Newest


def test_what_is_out_of_date_makes_room() -> None:
    newest: Newest[int] = Newest()
    assert [newest.put(number) for number in range(3)] == [False, True, True]
    assert newest.take() == 2
    assert newest.put(3) is False
    assert newest.take() == 3


def test_one_who_waits_gets_it_or_is_let_go() -> None:
    newest: Newest[int] = Newest()
    threading.Timer(0.05, newest.put, (1,)).start()
    assert newest.take() == 1
    threading.Timer(0.05, newest.close).start()
    assert newest.take() is None


def test_the_level_tells_silence_from_failure() -> None:
    assert Health().level_and_words() == (WARN, "no cloud has come yet")
    good = Health(received=3, answered=3, silent_s=0.2, last_ms=41.6)
    assert good.level_and_words() == (OK, "3 answered, the last in 42 ms")
    good.silent_s = 7.4
    assert good.level_and_words() == (WARN, "no cloud for 7 s")
    assert Health(failed=1, silent_s=0.1, last_error="no x, y or z").level_and_words() == (ERROR, "no x, y or z")
    assert Health(answered=9, failed=1, silent_s=0.1, last_error="no x").level_and_words() == (WARN, "no x")
    assert good.values()["answered"] == "3"
