#!/bin/sh
# Brings Airflow's database up to date and makes what Hotline's DAGs expect of it. Can be run again at any time.
set -eu

for name in AIRFLOW_ADMIN_PASSWORD AIRFLOW__API_AUTH__JWT_SECRET AIRFLOW__CORE__FERNET_KEY; do
    eval "value=\${$name:-}"
    if [ -z "$value" ]; then
        echo "$name is empty: copy docker/.env.example to docker/.env and fill it in." >&2
        exit 2
    fi
done

umask 077
python - "$AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE" <<'PYTHON'
import json, os, pathlib, sys

pathlib.Path(sys.argv[1]).write_text(json.dumps({"admin": os.environ["AIRFLOW_ADMIN_PASSWORD"]}))
PYTHON

airflow db migrate
# Of the eight tasks at a time (AIRFLOW__CORE__PARALLELISM), four are always left for polling.
airflow pools set polling 4 "Asking feeds and pages: processing cannot starve it"
airflow pools set stories 1 "Placing articles into stories, one batch after the other"
airflow pools set default_pool 3 "All the rest"
