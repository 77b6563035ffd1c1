"""An Airflow 3 DAG that copies what is new in many Zendesk Talk accounts: one mapped task an account.

Each account has a directory of its own under TALK_HOME, on storage that all workers share, in which sync.sh works: see
the first lines of that script for the files. Whatever ends a task, its retry goes on from the state that is kept there.

The pool says how many accounts are read at once: airflow pools set talk 16 "Zendesk Talk accounts"
"""

import os
from datetime import datetime, timedelta
from pathlib import Path

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import dag, task

HOME = Path(os.environ.get("TALK_HOME", "/var/lib/talk"))
SCRIPT = os.environ.get("TALK_SCRIPT", "/opt/talk/sync.sh")
TARGET = os.environ.get("TALK_TARGET", "target-postgres --config target.json")


@dag(schedule="*/30 * * * *", start_date=datetime(2026, 1, 1), catchup=False, max_active_runs=1)
def talk_accounts():
    @task(retries=2)
    def accounts() -> list[dict[str, str]]:
        """Each directory that has a config.json is an account; a new one needs no change here."""
        return [{"ACCOUNT": str(config.parent)} for config in sorted(HOME.glob("*/config.json"))]

    BashOperator.partial(
        task_id="sync",
        bash_command=f'exec {SCRIPT} "$ACCOUNT" {TARGET}',
        append_env=True,
        skip_on_exit_code=None,  # any code but 0 is a failure
        pool="talk",
        retries=5,
        retry_delay=timedelta(minutes=5),
        map_index_template="{{ task.env['ACCOUNT'].split('/')[-1] }}",
    ).expand(env=accounts())


talk_accounts()
