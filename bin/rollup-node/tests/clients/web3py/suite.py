"""What the suite shares: where the node is, the compiled contract, and steps that say their names."""

import json
import os
import signal
import sys
import traceback
from contextlib import contextmanager
from pathlib import Path

import requests
from web3 import HTTPProvider, Web3

HTTP_URL = os.environ["HTTP_URL"]
WS_URL = os.environ["WS_URL"]
KEYS = os.environ["KEYS"].split(",")
LEDGER = json.loads(Path(os.environ["CONTRACT"]).read_text())

# Seconds between two looks at what a client waits for.
POLL = 0.05

# Seconds that a part of the suite may take; what it waits for comes at once.
LIMIT = 50

signal.alarm(LIMIT)

w3 = Web3(HTTPProvider(HTTP_URL))


@contextmanager
def step(name):
    """One step, which says so; one that fails, or does not end, ends the suite."""

    def end(_signal, _frame):
        print(f"FAILED  {name}\nit does not come to an end", flush=True)
        os._exit(1)

    signal.signal(signal.SIGALRM, end)
    try:
        yield
    except Exception:
        print(f"FAILED  {name}\n{traceback.format_exc()}", flush=True)
        sys.exit(1)
    print(f"ok      {name}", flush=True)


def raw(method, params=(), url=HTTP_URL):
    """Calls the node without a client, and gives the whole answer."""
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
    return requests.post(url, json=body, timeout=10).json()


@contextmanager
def without_blocks():
    """The node makes no blocks meanwhile, so that what is sent waits."""
    admin = os.environ["ADMIN_URL"]
    assert raw("rollupNodeAdmin_disableAutomaticSequencing", url=admin)["result"]
    try:
        yield
    finally:
        assert raw("rollupNodeAdmin_enableAutomaticSequencing", url=admin)["result"]


def account(index):
    return w3.eth.account.from_key(KEYS[index])


def wait(tx_hash):
    return w3.eth.wait_for_transaction_receipt(tx_hash, timeout=30, poll_latency=POLL)


def send(sender, fields):
    """Fills in what is missing, signs and sends, and gives the hash."""
    filled = {"from": sender.address, "chainId": w3.eth.chain_id, **fields}
    if "nonce" not in filled:
        filled["nonce"] = w3.eth.get_transaction_count(sender.address, "pending")
    if "gasPrice" not in filled and "maxFeePerGas" not in filled:
        tip = w3.eth.max_priority_fee
        base = w3.eth.get_block("latest")["baseFeePerGas"]
        filled |= {"maxPriorityFeePerGas": tip, "maxFeePerGas": 2 * base + tip}
    if "gas" not in filled:
        filled["gas"] = w3.eth.estimate_gas(filled)
    filled.pop("from")
    return w3.eth.send_raw_transaction(sender.sign_transaction(filled).raw_transaction)


def call(sender, function, **fields):
    """Sends a call of a contract's function, and gives its receipt."""
    return wait(send(sender, {"to": function.address, "data": function._encode_transaction_data(), **fields}))


def deploy(sender):
    """Deploys the contract."""
    receipt = wait(send(sender, {"data": LEDGER["bytecode"]}))
    assert receipt["status"] == 1, receipt
    return w3.eth.contract(receipt["contractAddress"], abi=LEDGER["abi"]), receipt
