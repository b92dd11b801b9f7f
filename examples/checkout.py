"""A shop's checkout, recorded with the Python client: one unit of work across two services, then read back.

Start a server (`make run`), then run this where its data directory is: `.venv/bin/python examples/checkout.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from waymark.client import Client, Refused


def check_out(shop: Client, order_id: str) -> str:
    """The web shop: one unit of work for one customer's checkout; returns its id."""
    with shop.unit_of_work(user_id="ann") as uow:
        shop.record(order_id, "ORDER", "CREATE", "WEBAPP", interaction={"total": 149.99, "currency": "USD"})
        with uow.span("payment"):
            take_payment(order_id, headers=shop.headers())
        shop.record(order_id, "ORDER", "UPDATE", "WEBAPP", interaction={"status": "paid"})
    return uow.uow_id


def take_payment(order_id: str, headers: Mapping[str, str]) -> None:
    """The payment service: another process in real life, which knows the caller's unit of work by the headers."""
    with Client() as payments, payments.continue_trace(headers):
        payments.enqueue(f"payment-{order_id}", "PAYMENT", "CREATE", "API", interaction={"amount": 149.99})
        payments.enqueue(f"payment-{order_id}", "PAYMENT", "UPDATE", "API", interaction={"status": "captured"})


def main() -> None:
    """Check out once, show what the history knows of it, and what a mistake looks like."""
    with Client(read_your_writes=True) as shop:
        uow_id = check_out(shop, "order-456")
        for row in sorted(shop.interactions.all(uow_id=uow_id), key=lambda row: row.number):
            print(f"#{row.number} {row.resource_type_icon} {row.action} {row.resource_id} by {row.user_id or '-'}")
        try:
            shop.record("order-456", "ORDRE", "CREATE", "WEBAPP")
        except Refused as error:
            print(f"refused: {error}")


if __name__ == "__main__":
    main()
