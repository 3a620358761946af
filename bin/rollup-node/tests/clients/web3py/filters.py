"""Filters that the node keeps."""

from time import sleep

from suite import POLL, account, call, deploy, send, step, w3, wait, without_blocks
from web3.exceptions import Web3RPCError

alice, bob = account(0), account(1)

with step("deploys"):
    contract, deployed = deploy(alice)
    store = contract.functions.store

with step("a filter of blocks"):
    blocks = w3.eth.filter("latest")
    receipt = call(alice, store(1, 10, "a"))
    assert blocks.get_new_entries() == [receipt["blockHash"]]
    assert blocks.get_new_entries() == []

with step("a filter of events"):
    events = contract.events.Stored.create_filter(from_block=deployed["blockNumber"])
    later = contract.events.Stored.create_filter(from_block="latest", argument_filters={"sender": bob.address})
    call(alice, store(2, 20, "b"))
    call(bob, store(3, 30, "c"))
    assert [event["args"]["key"] for event in later.get_new_entries()] == [3]
    assert [event["args"]["key"] for event in events.get_all_entries()] == [1, 2, 3]
    assert later.get_new_entries() == []

with step("a filter of what waits"):
    waiting = w3.eth.filter("pending")
    with without_blocks():
        tx_hash = send(alice, {"to": bob.address, "value": 1})
        while not (entries := waiting.get_new_entries()):
            sleep(POLL)
        assert entries == [tx_hash]
    wait(tx_hash)

with step("a filter that is taken away"):
    assert w3.eth.uninstall_filter(blocks.filter_id) is True
    assert w3.eth.uninstall_filter(blocks.filter_id) is False
    try:
        blocks.get_new_entries()
    except Web3RPCError as error:
        assert "filter not found" in str(error), error
    else:
        raise AssertionError("it is still there")
