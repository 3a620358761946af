"""What transactions did, by the methods of the namespace `trace`."""

from suite import account, call, deploy, step, w3

alice = account(0)

with step("deploys"):
    contract, deployed = deploy(alice)

with step("a creation"):
    [trace] = w3.tracing.trace_transaction(deployed["transactionHash"])
    assert (trace["type"], trace["result"]["address"]) == ("create", contract.address)
    assert trace["action"]["from"] == alice.address

with step("calls, one inside the other"):
    receipt = call(alice, contract.functions.storeThroughCall(1, 2))
    outer, inner = w3.tracing.trace_transaction(receipt["transactionHash"])
    assert (outer["traceAddress"], inner["traceAddress"], outer["subtraces"]) == ([], [0], 1)
    assert (inner["action"]["from"], inner["action"]["to"]) == (contract.address, contract.address)
    assert outer["blockNumber"] == receipt["blockNumber"]

with step("a revert"):
    receipt = call(alice, contract.functions.refuse(1), gas=100_000)
    [trace] = w3.tracing.trace_transaction(receipt["transactionHash"])
    assert trace["error"] == "Reverted", trace

with step("a block, and a filter"):
    number = receipt["blockNumber"]
    traces = w3.tracing.trace_block(number)
    assert [trace["transactionHash"] for trace in traces if "transactionHash" in trace] == [receipt["transactionHash"]]
    wanted = {"fromBlock": deployed["blockNumber"], "toBlock": number, "toAddress": [contract.address]}
    found = w3.tracing.trace_filter(wanted)
    assert len(found) >= 3 and all(trace["blockNumber"] <= number for trace in found)

with step("a transaction again, with what it changed"):
    replayed = w3.tracing.trace_replay_transaction(deployed["transactionHash"], ["trace", "stateDiff"])
    assert replayed["stateDiff"] and len(replayed["trace"]) == 1

with step("a call that is in no block"):
    request = {"from": alice.address, "to": contract.address, "data": contract.functions.count()._encode_transaction_data()}
    traced = w3.tracing.trace_call(request, ["trace"], "latest")
    assert int.from_bytes(traced["output"]) == contract.functions.count().call()
