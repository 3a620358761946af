"""What a wallet does: fund, send, wait, replace; batches; and the errors that it knows."""

from suite import account, send, step, w3, wait, without_blocks
from web3 import Web3
from web3.exceptions import MethodUnavailable, Web3RPCError
from web3.middleware import SignAndSendRawMiddlewareBuilder

alice = account(0)
fresh = w3.eth.account.create()
to = Web3.to_checksum_address("0x00000000000000000000000000000000000c0ffe")
ETHER = 10**18


def fails(expected, text, action):
    try:
        action()
    except expected as error:
        assert text in str(error), error
        return
    raise AssertionError(f"no {expected.__name__} with {text!r}")


with step("knows the network"):
    assert w3.is_connected() and w3.eth.chain_id == 1337
    assert w3.net.version == "1337" and w3.client_version.startswith("rollup-node/v")

with step("funds a new account"):
    assert wait(send(alice, {"to": fresh.address, "value": 10 * ETHER}))["status"] == 1
    assert w3.eth.get_balance(fresh.address) == 10 * ETHER

with step("fills in, signs and sends by itself"):
    w3.middleware_onion.inject(SignAndSendRawMiddlewareBuilder.build(fresh), layer=0)
    receipt = wait(w3.eth.send_transaction({"from": fresh.address, "to": to, "value": ETHER}))
    assert (receipt["status"], receipt["type"], receipt["gasUsed"]) == (1, 2, 21_000)
    assert w3.eth.get_balance(to) == ETHER
    spent = receipt["gasUsed"] * receipt["effectiveGasPrice"] + int(receipt["l1Fee"], 16)
    assert w3.eth.get_balance(fresh.address) == 9 * ETHER - spent

with step("what waits counts in the nonce of the pending tag"):
    with without_blocks():
        hashes = [send(fresh, {"to": to, "value": 1}) for _ in range(3)]
        nonces = [w3.eth.get_transaction_count(fresh.address, tag) for tag in ("latest", "pending")]
        assert nonces == [1, 4], nonces
        assert w3.eth.get_transaction(hashes[2])["blockNumber"] is None
    assert [wait(tx_hash)["status"] for tx_hash in hashes] == [1, 1, 1]

with step("speeds up"):
    with without_blocks():
        first = send(fresh, {"to": to, "value": 5, "gas": 21_000})
        waiting = w3.eth.get_transaction(first)
        fields = {"to": to, "value": 5, "gas": 21_000, "nonce": waiting["nonce"]}
        fees = {name: waiting[name] for name in ("maxFeePerGas", "maxPriorityFeePerGas")}
        fails(Web3RPCError, "replacement transaction underpriced", lambda: send(fresh, {**fields, **fees, "value": 6}))
        fails(Web3RPCError, "already known", lambda: send(fresh, {**fields, **fees}))
        second = send(fresh, {**fields, **{name: 2 * fee for name, fee in fees.items()}})
    assert wait(second)["status"] == 1
    assert w3.eth.get_transaction_count(fresh.address) == waiting["nonce"] + 1

with step("knows the errors of sending"):
    poor = w3.eth.account.create()
    fails(Web3RPCError, "insufficient funds", lambda: send(poor, {"to": to, "value": 1, "gas": 21_000}))
    fails(Web3RPCError, "insufficient funds", lambda: send(poor, {"to": to, "value": 1}))
    fails(Web3RPCError, "nonce too low", lambda: send(fresh, {"to": to, "nonce": 0, "gas": 21_000}))
    fails(Web3RPCError, "intrinsic gas too low", lambda: send(fresh, {"to": to, "gas": 20_000}))
    fails(MethodUnavailable, "", lambda: w3.manager.request_blocking("eth_notThere", []))

with step("asks several things in one request"):
    with w3.batch_requests() as batch:
        batch.add(w3.eth.get_block("earliest"))
        batch.add(w3.eth.get_balance(to))
        batch.add(w3.eth.get_transaction_count(fresh.address))
        genesis, balance, nonce = batch.execute()
    assert (genesis["number"], nonce) == (0, 5) and balance > ETHER
