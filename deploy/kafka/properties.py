"""The configuration of the one-node broker: small, keeps everything for ever, creates no topic unasked."""

from pathlib import Path

RECORD_LIMIT_BYTES = 2 * 1024 * 1024

COMMON = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "auto.create.topics.enable": "false",
    "message.max.bytes": str(RECORD_LIMIT_BYTES),
    "replica.fetch.max.bytes": str(RECORD_LIMIT_BYTES),
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
}
"""The settings of a broker that is alone, which is its own controller."""

# Threads, buffers and index files are cut to what one small machine needs; the defaults are for a server of its own.
_SMALL = COMMON | {
    "inter.broker.listener.name": "PLAINTEXT",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "log.retention.hours": "-1",
    "offsets.topic.num.partitions": "4",
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


_SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
SECURED = {
    "listener.security.protocol.map": (
        "LOCAL:PLAINTEXT,CONTROLLER:PLAINTEXT,CLIENTS:SASL_PLAINTEXT,OUTSIDE:SASL_PLAINTEXT"
    ),
    "inter.broker.listener.name": "LOCAL",
    "sasl.enabled.mechanisms": "SCRAM-SHA-512",
    "listener.name.clients.scram-sha-512.sasl.jaas.config": _SCRAM,
    "listener.name.outside.scram-sha-512.sasl.jaas.config": _SCRAM,
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "allow.everyone.if.no.acl.found": "false",
    # Whoever is on the broker's own loopback administers it; everybody else says who they are.
    "super.users": "User:ANONYMOUS",
}
"""A broker that asks its clients who they are, and lets each do what it was allowed to."""


def native(data_dir: Path, port: int, controller_port: int) -> dict[str, str]:
    """Return the settings of a broker on 127.0.0.1 with its log under `data_dir`."""
    return _SMALL | {
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}",
        "controller.quorum.bootstrap.servers": f"127.0.0.1:{controller_port}",
        "log.dirs": str(data_dir / "log"),
    }


def container(host: str, port: int) -> dict[str, str]:
    """Return the settings of a broker inside a container (ports 9092, 9093) that clients reach at `host`:`port`."""
    return _SMALL | {
        "listeners": "PLAINTEXT://0.0.0.0:9092,CONTROLLER://0.0.0.0:9093",
        "advertised.listeners": f"PLAINTEXT://{host}:{port}",
        "controller.quorum.voters": "1@localhost:9093",
    }


def native_secured(data_dir: Path, port: int, controller_port: int, clients: int, outside: int) -> dict[str, str]:
    """Return the settings of `native`, secured: `port` is the loopback's."""
    places = f"LOCAL://127.0.0.1:{port},CLIENTS://127.0.0.1:{clients},OUTSIDE://127.0.0.1:{outside}"
    return (
        native(data_dir, port, controller_port)
        | SECURED
        | {"listeners": f"{places},CONTROLLER://127.0.0.1:{controller_port}", "advertised.listeners": places}
    )


def composed() -> dict[str, str]:
    """Return the settings of the one broker of docker-compose.yml, whose variables stand in them."""
    outside = "OUTSIDE://${WAYMARK_KAFKA_HOST:-localhost}:${WAYMARK_KAFKA_PORT:-9094}"
    return {
        **COMMON,
        **SECURED,
        "controller.quorum.voters": "1@127.0.0.1:9093",
        "listeners": "LOCAL://127.0.0.1:9091,CONTROLLER://127.0.0.1:9093,CLIENTS://:9092,OUTSIDE://:9094",
        "advertised.listeners": f"LOCAL://127.0.0.1:9091,CLIENTS://kafka:9092,{outside}",
        "log.dirs": "/var/lib/kafka/data",
    }


def missed_after(milliseconds: int) -> dict[str, str]:
    """Return the settings by which a broker is taken for gone so long after its last heartbeat."""
    return {
        "broker.session.timeout.ms": str(milliseconds),
        "broker.heartbeat.interval.ms": str(milliseconds // 6),
    }


def variable(name: str) -> str:
    """Return the variable by which Apache Kafka's image takes a setting."""
    return "KAFKA_" + name.replace("_", "__").replace("-", "___").replace(".", "_").upper()
