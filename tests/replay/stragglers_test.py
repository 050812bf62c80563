"""`cubed replay` against the oracle, as oracle_test.py: events that come late, and figures that move between ticks."""
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / d) for d in ("support", "oracle")]
from check import all_seeds
from tap import main


def test_with_stragglers_and_late_events_too():
    all_seeds(1, 80, "straggling")


def test_with_turnover_that_moves_between_ticks():
    all_seeds(1, 40, "drifting")


if __name__ == "__main__":
    main()
