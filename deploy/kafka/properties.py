"""The configuration of the one-node broker: small, keeps everything for ever, creates no topic unasked."""

from pathlib import Path

RECORD_LIMIT_BYTES = 2 * 1024 * 1024

# Threads, buffers and index files are cut to what one small machine needs; the defaults are for a server of its own.
COMMON = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "auto.create.topics.enable": "false",
    "message.max.bytes": str(RECORD_LIMIT_BYTES),
    "replica.fetch.max.bytes": str(RECORD_LIMIT_BYTES),
    "log.retention.hours": "-1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "group.coordinator.threads": "1",
    "share.coordinator.threads": "1",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "2",
    "log.cleaner.dedupe.buffer.size": "16777216",
    "log.index.size.max.bytes": "1048576",
}


def native(data_dir: Path, port: int, controller_port: int) -> dict[str, str]:
    """Return the settings of a broker on 127.0.0.1 with its log under `data_dir`."""
    return COMMON | {
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}",
        "controller.quorum.bootstrap.servers": f"127.0.0.1:{controller_port}",
        "log.dirs": str(data_dir / "log"),
    }


def container(host: str, port: int) -> dict[str, str]:
    """Return the settings of a broker inside a container (ports 9092, 9093) that clients reach at `host`:`port`."""
    return COMMON | {
        "listeners": "PLAINTEXT://0.0.0.0:9092,CONTROLLER://0.0.0.0:9093",
        "advertised.listeners": f"PLAINTEXT://{host}:{port}",
        "controller.quorum.voters": "1@localhost:9093",
    }
