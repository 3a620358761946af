"""A contract: deployed, called with transactions of every type, its reverts decoded, its events and its past read."""

from eth_abi import encode
from hexbytes import HexBytes
from suite import account, call, deploy, raw, send, step, w3, wait
from web3.exceptions import (
    BlockNotFound,
    ContractCustomError,
    ContractLogicError,
    ContractPanicError,
    TransactionNotFound,
)

alice, bob = account(0), account(1)


def failure(expected, action):
    """The error of this class that the action must raise."""
    try:
        action()
    except expected as error:
        return error
    raise AssertionError(f"no {expected.__name__}")


with step("deploys"):
    contract, deployed = deploy(alice)
    assert len(w3.eth.get_code(contract.address)) > 100
    store = contract.functions.store

with step("legacy"):
    receipt = call(alice, store(1, 10, "a"), gasPrice=w3.eth.gas_price)
    sent = w3.eth.get_transaction(receipt["transactionHash"])
    assert (receipt["status"], receipt["type"], sent["type"]) == (1, 0, 0)
    assert receipt["effectiveGasPrice"] == sent["gasPrice"]

with step("access list"):
    slots = [{"address": contract.address, "storageKeys": [f"0x{1:064x}"]}]
    receipt = call(alice, store(2, 20, "b"), gasPrice=w3.eth.gas_price, accessList=slots)
    sent = w3.eth.get_transaction(receipt["transactionHash"])
    assert (receipt["type"], sent["accessList"][0]["address"]) == (1, contract.address)
    built = {"from": alice.address, "to": contract.address, "data": store(2, 20, "b")._encode_transaction_data()}
    assert w3.eth.create_access_list(built)["accessList"][0]["address"] == contract.address

with step("EIP-1559"):
    receipt = call(bob, store(3, 30, "c"))
    assert (receipt["status"], receipt["type"]) == (1, 2)
    fetched = w3.eth.get_raw_transaction(receipt["transactionHash"])
    assert w3.keccak(fetched) == receipt["transactionHash"]
    assert w3.eth.account.recover_transaction(fetched) == bob.address

with step("EIP-7702"):
    grant = bob.sign_authorization(
        {"chainId": w3.eth.chain_id, "address": contract.address, "nonce": w3.eth.get_transaction_count(bob.address)}
    )
    data = store(1, 1, "")._encode_transaction_data()
    receipt = wait(send(alice, {"to": bob.address, "data": data, "authorizationList": [grant]}))
    assert (receipt["status"], receipt["type"], receipt["logs"][0]["address"]) == (1, 4, bob.address)
    assert w3.eth.get_code(bob.address) == HexBytes("0xef0100") + HexBytes(contract.address)

with step("reads"):
    assert contract.functions.values(3).call() == 30
    assert contract.functions.owner().call() == alice.address
    assert contract.functions.count().call(block_identifier=deployed["blockNumber"]) == 0
    assert contract.functions.count().call(block_identifier=deployed["blockNumber"] + 1) == 1
    assert w3.eth.get_storage_at(contract.address, 1) == HexBytes(3).rjust(32, b"\0")
    assert w3.eth.get_code(contract.address, deployed["blockNumber"] - 1) == b""

with step("calls with a slot that is not so"):
    override = {contract.address: {"stateDiff": {f"0x{1:064x}": f"0x{77:064x}"}}}
    assert contract.functions.count().call(state_override=override) == 77

with step("estimates at least what is used"):
    gas = store(4, 40, "d").estimate_gas({"from": alice.address})
    receipt = call(alice, store(4, 40, "d"), gas=gas)
    assert receipt["status"] == 1 and receipt["gasUsed"] <= gas

with step("finds and decodes events"):
    events = contract.events.Stored().get_logs(from_block=0)
    assert [event["args"]["key"] for event in events] == [1, 2, 3, 4]
    assert events[2]["args"] == {"sender": bob.address, "key": 3, "value": 30, "note": "c"}
    some = contract.events.Stored().get_logs(from_block=0, argument_filters={"key": [2, 4]})
    assert [event["args"]["value"] for event in some] == [20, 40]
    block = events[0]["blockHash"]
    assert [log["blockHash"] for log in w3.eth.get_logs({"blockHash": block})] == [block]
    [event] = contract.events.Stored().process_receipt(receipt)
    assert event["args"]["note"] == "d"

with step("decodes reverts"):
    error = failure(ContractLogicError, contract.functions.require_(False).call)
    assert error.message == "execution reverted: it does not hold", error.message
    error = failure(ContractCustomError, lambda: contract.functions.refuse(13).call({"from": bob.address}))
    selector = w3.keccak(text="Refused(address,uint256)")[:4]
    assert HexBytes(error.data) == selector + encode(["address", "uint256"], [bob.address, 13])
    error = failure(ContractPanicError, contract.functions.divide(0).call)
    assert HexBytes(error.data)[-1] == 0x12
    failure(ContractLogicError, lambda: contract.functions.require_(False).estimate_gas())

with step("a reverted transaction is in a block"):
    receipt = call(bob, contract.functions.refuse(1), gas=100_000)
    assert (receipt["status"], receipt["logs"]) == (0, [])

with step("blocks"):
    block = w3.eth.get_block(deployed["blockNumber"], full_transactions=True)
    assert block["transactions"][0]["hash"] == deployed["transactionHash"]
    assert w3.eth.get_block(block["hash"])["transactions"] == [tx["hash"] for tx in block["transactions"]]
    assert w3.eth.get_block_receipts(block["number"])[0]["transactionHash"] == deployed["transactionHash"]
    failure(BlockNotFound, lambda: w3.eth.get_block(1_000_000))
    failure(TransactionNotFound, lambda: w3.eth.get_transaction(b"\1" * 32))
    failure(TransactionNotFound, lambda: w3.eth.get_transaction_receipt(b"\1" * 32))

with step("the history of fees fits the blocks"):
    head = w3.eth.block_number
    history = w3.eth.fee_history(3, head, [10, 90])
    assert (history["oldestBlock"], len(history["baseFeePerGas"]), len(history["reward"])) == (head - 2, 4, 3)
    bases = [w3.eth.get_block(number)["baseFeePerGas"] for number in range(head - 2, head + 1)]
    assert history["baseFeePerGas"][:3] == bases

with step("receipts have the L1 data fee"):
    assert int(raw("eth_getTransactionReceipt", [deployed["transactionHash"].to_0x_hex()])["result"]["l1Fee"], 16) >= 0
