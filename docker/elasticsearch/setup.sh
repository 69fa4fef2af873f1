#!/bin/sh
# Gives Kibana's user its password and makes the role and the user that Hotline works as. Can be run again at any time.
set -eu

url=${ELASTICSEARCH_URL:-http://elasticsearch:9200}
for name in ELASTIC_PASSWORD KIBANA_PASSWORD HOTLINE_SEARCH_PASSWORD; do
    eval "value=\${$name:-}"
    if [ -z "$value" ]; then
        echo "$name is empty: copy docker/.env.example to docker/.env and fill it in." >&2
        exit 2
    fi
done

# The password goes in by standard input: arguments can be read by every process of the machine.
ask() {
    method=$1 path=$2 body=$3
    printf 'user = "elastic:%s"\n' "$ELASTIC_PASSWORD" |
        curl --silent --show-error --fail-with-body --config - --request "$method" "$url$path" \
            --header "Content-Type: application/json" --data "$body"
    echo
}

ask POST /_security/user/kibana_system/_password "{\"password\": \"$KIBANA_PASSWORD\"}"
ask PUT /_security/role/hotline '{
  "cluster": ["monitor", "manage_index_templates", "cluster:admin/snapshot/*", "cluster:admin/repository/*"],
  "indices": [{"names": ["hotline-*"], "privileges": ["all"]}]
}'
ask PUT /_security/user/hotline "{\"password\": \"$HOTLINE_SEARCH_PASSWORD\", \"roles\": [\"hotline\"]}"
