"""Proofs of accounts and slots, checked against the state root of the block by a trie that is not ours."""

import rlp
from eth_abi import encode
from suite import account, deploy, send, step, w3, wait
from trie import HexaryTrie

alice = account(0)
EMPTY_TRIE = "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"


def nodes(proof):
    return [rlp.decode(bytes(node)) for node in proof]


def proven(root, key, proof):
    """The value that the trie with this root has under the hash of the key; empty if it has none."""
    return HexaryTrie.get_from_proof(bytes(root), w3.keccak(key), nodes(proof))


def account_of(proof):
    """What the proof says of its account, as the state trie stores it."""
    fields = (proof["nonce"], proof["balance"], bytes(proof["storageHash"]), bytes(proof["codeHash"]))
    return rlp.encode(fields)


def check(address, keys, block):
    """Checks everything that the answer says, and gives it."""
    proof = w3.eth.get_proof(address, keys, block["number"])
    root = block["stateRoot"]
    assert proven(root, bytes.fromhex(address[2:]), proof["accountProof"]) == account_of(proof)
    for key, slot in zip(keys, proof["storageProof"], strict=True):
        value = proven(proof["storageHash"], key, slot["proof"])
        assert int.from_bytes(rlp.decode(value) if value else b"") == int.from_bytes(slot["value"]), slot
    return proof


with step("deploys and stores"):
    contract, _ = deploy(alice)
    stores = [contract.functions.store(key, key * 1000 + 1, "") for key in range(20)]
    # As many as the pool takes of one account at once, and then the rest.
    for some in (stores[:10], stores[10:]):
        hashes = [send(alice, {"to": contract.address, "data": store._encode_transaction_data()}) for store in some]
        assert all(wait(tx_hash)["status"] == 1 for tx_hash in hashes)
    block = w3.eth.get_block("latest")

with step("an account"):
    proof = check(alice.address, [], block)
    assert proof["nonce"] == w3.eth.get_transaction_count(alice.address) > 0
    assert proof["balance"] == w3.eth.get_balance(alice.address)
    assert proof["storageHash"].hex() == EMPTY_TRIE

with step("slots of a contract"):
    places = [w3.keccak(encode(["uint256", "uint256"], [key, 2])) for key in range(20)]
    proof = check(contract.address, [(1).to_bytes(32), *places], block)
    assert [int.from_bytes(slot["value"]) for slot in proof["storageProof"]] == [20] + [k * 1000 + 1 for k in range(20)]
    assert proof["codeHash"] == w3.keccak(w3.eth.get_code(contract.address))

with step("a slot that is empty"):
    proof = check(contract.address, [w3.keccak(b"nothing")], block)
    assert int.from_bytes(proof["storageProof"][0]["value"]) == 0

with step("an account that is not there"):
    absent = "0x00000000000000000000000000000000DeaDBeef"
    proof = w3.eth.get_proof(absent, [], block["number"])
    assert proven(block["stateRoot"], bytes.fromhex(absent[2:]), proof["accountProof"]) == b""
    assert (proof["nonce"], proof["balance"]) == (0, 0)

with step("a proof with another root is noticed"):
    other = w3.eth.get_block(block["number"] - 1)
    try:
        check(alice.address, [], {"number": block["number"], "stateRoot": other["stateRoot"]})
    except Exception as error:
        assert "BadTrieProof" in type(error).__name__ or isinstance(error, AssertionError), error
    else:
        raise AssertionError("it was taken")
