// A contract: deployed, called, its reverts decoded, its events and its past read.
import assert from 'node:assert/strict'
import {
  ContractFunctionRevertedError,
  BaseError,
  decodeEventLog,
  encodeFunctionData,
  getContractAddress,
  keccak256,
  numberToHex,
  pad,
  encodeAbiParameters,
} from 'viem'
import { done, step } from '../suite.mjs'
import { client, deploy, wallet, write } from './client.mjs'

const [alice, bob] = [wallet(0), wallet(1)]

/** What the contract says of a call that it reverts. */
async function refusal(call) {
  const error = await call.then(() => assert.fail('it was not reverted'), (error) => error)
  assert.ok(error instanceof BaseError, error.stack)
  const cause = error.walk((cause) => cause instanceof ContractFunctionRevertedError)
  assert.ok(cause instanceof ContractFunctionRevertedError, error.stack)
  return cause
}

const contract = await step('deploys', async () => {
  const nonce = await client.getTransactionCount({ address: alice.account.address })
  const contract = await deploy(alice, 5n)
  assert.equal(contract.receipt.status, 'success')
  const from = alice.account.address
  assert.equal(contract.address, getContractAddress({ from, nonce: BigInt(nonce) }).toLowerCase())
  assert.equal(contract.receipt.to, null)
  assert.ok((await client.getCode(contract)).length > 100)
  assert.equal(await client.getBalance(contract), 5n)
  return contract
})
const { abi, address } = contract

await step('writes and reads', async () => {
  const receipt = await write(alice, contract, 'store', [1n, 42n, 'first'])
  assert.equal(receipt.status, 'success')
  assert.equal(await client.readContract({ abi, address, functionName: 'values', args: [1n] }), 42n)
  assert.equal(await client.readContract({ abi, address, functionName: 'count' }), 1n)
  const owner = await client.readContract({ abi, address, functionName: 'owner' })
  assert.equal(owner, alice.account.address)
})

await step('simulates a write, and sends what it simulated', async () => {
  const { request } = await alice.simulateContract({ abi, address, functionName: 'store', args: [2n, 7n, 'second'] })
  const receipt = await client.waitForTransactionReceipt({ hash: await alice.writeContract(request) })
  assert.equal(receipt.status, 'success')
})

await step('estimates at least what is used', async () => {
  const call = { abi, address, functionName: 'store', args: [3n, 9n, 'third'] }
  const gas = await client.estimateContractGas({ ...call, account: bob.account })
  const receipt = await write(bob, contract, call.functionName, call.args, { gas })
  assert.equal(receipt.status, 'success')
  assert.ok(receipt.gasUsed <= gas)
})

await step('decodes the event of a receipt', async () => {
  const { logs, blockHash, transactionHash } = await write(bob, contract, 'storeThroughCall', [4n, 16n])
  assert.equal(logs.length, 1)
  assert.deepEqual([logs[0].blockHash, logs[0].transactionHash, logs[0].removed], [blockHash, transactionHash, false])
  const { eventName, args } = decodeEventLog({ abi, ...logs[0] })
  assert.equal(eventName, 'Stored')
  assert.equal(args.sender.toLowerCase(), address)
  assert.deepEqual([args.key, args.value, args.note], [4n, 16n, 'through a call'])
})

await step('finds events by the values of their topics', async () => {
  const find = async (args, more = {}) => {
    const query = { abi, address, eventName: 'Stored', args, fromBlock: 'earliest', strict: true, ...more }
    return (await client.getContractEvents(query)).map(({ args: { key } }) => key)
  }
  assert.deepEqual(await find({}), [1n, 2n, 3n, 4n])
  assert.deepEqual(await find({ key: 2n }), [2n])
  assert.deepEqual(await find({ key: [4n, 1n, 99n] }), [1n, 4n])
  assert.deepEqual(await find({ sender: bob.account.address }), [3n])
  assert.deepEqual(await find({ sender: alice.account.address, key: [2n, 3n] }), [2n])
  assert.deepEqual(await find({}, { address: [address, bob.account.address] }), [1n, 2n, 3n, 4n])
  assert.deepEqual(await find({}, { address: bob.account.address }), [])
  const { blockNumber } = contract.receipt
  assert.deepEqual(await find({}, { toBlock: blockNumber }), [])
  assert.deepEqual(await find({}, { fromBlock: blockNumber + 1n, toBlock: blockNumber + 1n }), [1n])
})

await step('finds the events of one block by its hash', async () => {
  const { blockHash } = await write(alice, contract, 'store', [5n, 25n, 'fifth'])
  const logs = await client.getLogs({ blockHash })
  assert.deepEqual(logs.map((log) => [log.address, log.blockHash, log.logIndex]), [[address, blockHash, 0]])
})

await step('decodes a reason', async () => {
  const call = { abi, address, functionName: 'require_', args: [false] }
  assert.equal((await refusal(client.readContract(call))).reason, 'it does not hold')
  assert.equal((await refusal(client.estimateContractGas({ ...call, account: bob.account }))).reason, 'it does not hold')
  assert.equal((await refusal(bob.writeContract(call))).reason, 'it does not hold')
})

await step('decodes an error of the contract', async () => {
  const call = { abi, address, functionName: 'refuse', args: [13n], account: bob.account }
  const { data } = await refusal(client.simulateContract(call))
  assert.deepEqual([data.errorName, data.args], ['Refused', [bob.account.address, 13n]])
})

await step('decodes a panic', async () => {
  const call = { abi, address, functionName: 'divide', args: [0n] }
  const { data } = await refusal(client.readContract(call))
  assert.deepEqual([data.errorName, data.args], ['Panic', [0x12n]])
})

await step('a reverted transaction is in a block', async () => {
  const receipt = await write(bob, contract, 'refuse', [1n], { gas: 100_000n })
  assert.equal(receipt.status, 'reverted')
  assert.deepEqual(receipt.logs, [])
})

await step('reads the past', async () => {
  const { blockNumber } = contract.receipt
  assert.equal(await client.getCode({ address, blockNumber: blockNumber - 1n }), undefined)
  const read = (at) => client.readContract({ abi, address, functionName: 'count', blockNumber: at })
  assert.deepEqual([await read(blockNumber), await read(blockNumber + 1n)], [0n, 1n])
})

await step('reads slots', async () => {
  const slot = (at, more) => client.getStorageAt({ address, slot: at, ...more })
  assert.equal(await slot('0x0'), pad(alice.account.address.toLowerCase()))
  const position = keccak256(encodeAbiParameters([{ type: 'uint256' }, { type: 'uint256' }], [1n, 2n]))
  assert.equal(await slot(position), numberToHex(42n, { size: 32 }))
  assert.equal(await slot(position, { blockNumber: contract.receipt.blockNumber }), numberToHex(0n, { size: 32 }))
})

await step('calls with an account and a slot that are not so', async () => {
  const data = encodeFunctionData({ abi, functionName: 'count' })
  const slot = { slot: numberToHex(1, { size: 32 }), value: numberToHex(77, { size: 32 }) }
  const counted = await client.call({ to: address, data, stateOverride: [{ address, stateDiff: [slot] }] })
  assert.equal(BigInt(counted.data), 77n)
  // Without its code it gives nothing.
  const code = await client.getCode({ address })
  const elsewhere = '0x00000000000000000000000000000000000000aa'
  const moved = await client.call({ to: elsewhere, data, stateOverride: [{ address: elsewhere, code }] })
  assert.equal(BigInt(moved.data), 0n)
})

done()
