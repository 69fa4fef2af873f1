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
airflow pools set polling 4 "Fetching, so that processing cannot starve it"
airflow pools set stories 1 "Placing articles into stories, one batch at a time"
