"""The questions of the README, asked in SQL of the tables that a target loads, get the answers computed without SQL."""

import sys

import lab


def test_the_answers_are_those_of_the_account(tap, tmp_path):
    messages = tmp_path / "demo.singer"
    messages.write_text(lab.run(tap, "--demo").stdout)
    print(lab.run(sys.executable, lab.REPOSITORY / "testdata/sql/run.py", messages).stdout)
