"""`python -m hotline.local.airflow_setup`: Airflow's database and pools, with one import of Airflow."""

from airflow.cli.cli_parser import get_parser

# Of the four tasks at a time that SQLite bears, one is always left for polling.
COMMANDS = (
    ("db", "migrate"),
    ("pools", "set", "polling", "2", "Asking feeds and pages: processing cannot starve it"),
    ("pools", "set", "stories", "1", "Placing articles into stories, one batch after the other"),
    ("pools", "set", "default_pool", "2", "All the rest"),
)


def main() -> None:
    """Run the commands of Airflow that a new home needs; each may be repeated."""
    parser = get_parser()
    for command in COMMANDS:
        arguments = parser.parse_args(command)
        arguments.func(arguments)


if __name__ == "__main__":
    main()
