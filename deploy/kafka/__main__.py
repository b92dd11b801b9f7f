"""`python -m deploy.kafka`: a broker in the foreground for hand use, its data kept below Waymark's data directory."""

import argparse
import os
import signal
import sys
from pathlib import Path

from deploy.kafka import jars
from deploy.kafka.broker import Broker, BrokerFailed, BrokerHindered, BrokerSettings
from deploy.kafka.jars import FetchFailed, ToolsMissing

_ADVICE = (
    "More in {log_file}. If it cannot go on with what {data_dir} holds,"
    " `make kafka FRESH=1` removes that and begins anew."
)


def main() -> int:
    """Run until SIGINT or SIGTERM (exit code 0), or until the broker ends by itself (1)."""
    arguments = _arguments()
    data_dir = Path(arguments.data_dir) / "kafka"
    broker = Broker(
        BrokerSettings(
            data_dir, arguments.port, arguments.controller_port or arguments.port + 1, tied_by=signal.SIGTERM
        )
    )
    # Said for both: a shell starts what runs in its background with SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        if not jars.are_fetched():
            print(
                "Fetching Apache Kafka's jars, about 44 MB, this once (Java and Maven too, where missing).", flush=True
            )
        if arguments.fresh:
            broker.remove_data()
        broker.start()
        print(f"Kafka is ready on {broker.bootstrap_servers}, data in {data_dir}. Ctrl-C stops it.", flush=True)
        broker.wait()
        failure = f"Kafka ended by itself:\n{broker.last_error()}"
    except KeyboardInterrupt:
        return 0
    except (BrokerHindered, FetchFailed, ToolsMissing) as error:
        print(error, file=sys.stderr)
        return 1
    except BrokerFailed as error:
        failure = str(error)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        broker.stop()
    print(f"{failure}\n{_ADVICE.format(log_file=broker.log_file, data_dir=data_dir)}", file=sys.stderr)
    return 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deploy.kafka", description="Run one Kafka broker on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=9092)
    parser.add_argument("--controller-port", type=int, help="default: the port after --port")
    parser.add_argument("--fresh", action="store_true", help="remove what the broker kept, and begin anew")
    parser.add_argument("--data-dir", default=os.environ.get("WAYMARK_DATA_DIR") or ".waymark")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
