#!/usr/bin/env python3
"""What of refusal_test.py hangs on how a broker and a library tell of topics and records that go: on the older Kafka, with a current librdkafka."""
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]
import cache

cache.use_venv()

import refusal_test
from broker import OLDER, Broker
from refusal_test import (test_an_input_made_anew_while_nobody_reads_is_refused_however_long_it_is,
                          test_an_input_that_is_deleted_is_missed_and_a_new_one_of_its_name_is_refused, test_an_output_that_is_deleted_is_waited_for,
                          test_partitions_added_are_refused_with_the_counts, test_records_deleted_before_they_were_read_are_a_loss_that_is_refused)
from tap import main
from world import library_env

if __name__ == "__main__":
    os.environ.update(library_env("current"))  # of whatever is started
    with Broker(OLDER) as refusal_test.broker:
        main(at_a_time=4)
