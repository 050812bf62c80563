#!/usr/bin/env python3
"""A short run of `./dev chaos`: thirty kills, at every named place too, and every other fault, on both brokers and with both libraries."""
import random
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]
import cache

cache.use_venv()

from faults import CRASH_POINTS, OTHERS
from round import Round
from tap import main

KILLS = 15
NAMES = list(OTHERS) + CRASH_POINTS


def survived(version, library, others):
    print("# " + Round(version, library, KILLS, random.randrange(1 << 31), others).play())


def test_exactly_once_on_the_newest_kafka_with_a_current_librdkafka():
    survived("4.1", "current", NAMES[0::2])


def test_exactly_once_on_the_older_kafka_with_debians_librdkafka():
    survived("3.9", "system", NAMES[1::2])


if __name__ == "__main__":
    main()
