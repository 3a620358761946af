// Filters that the node keeps, and what a client makes of them.
import assert from 'node:assert/strict'
import { BaseError, createPublicClient, custom, getAbiItem, parseEther } from 'viem'
import { done, eventually, ledger, raw, step, withoutBlocks } from '../suite.mjs'
import { chain, client, deploy, pollingInterval, wallet, write } from './client.mjs'

const [alice, bob] = [wallet(0), wallet(1)]
const contract = await step('deploys', () => deploy(alice))
const { abi, address } = contract
const event = getAbiItem({ abi: ledger.abi, name: 'Stored' })
const store = (key, signer = alice) => write(signer, contract, 'store', [key, key * 10n, 'note'])
const keysOf = (logs) => logs.map(({ args }) => args.key)

await step('a filter of blocks', async () => {
  const filter = await client.createBlockFilter()
  assert.deepEqual(await client.getFilterChanges({ filter }), [])
  const { blockHash, blockNumber } = await store(1n)
  const hashes = await client.getFilterChanges({ filter })
  assert.deepEqual(hashes, [blockHash])
  assert.equal((await client.getBlock({ blockHash: hashes[0] })).number, blockNumber)
  assert.deepEqual(await client.getFilterChanges({ filter }), [])
  assert.equal(await client.uninstallFilter({ filter }), true)
  assert.equal(await client.uninstallFilter({ filter }), false)
})

await step('a filter of events gives each once', async () => {
  const filter = await client.createEventFilter({ address, event })
  assert.deepEqual(await client.getFilterChanges({ filter }), [])
  await store(2n)
  await store(3n)
  assert.deepEqual(keysOf(await client.getFilterChanges({ filter })), [2n, 3n])
  assert.deepEqual(await client.getFilterChanges({ filter }), [])
  await store(4n)
  assert.deepEqual(keysOf(await client.getFilterChanges({ filter })), [4n])
})

await step('a filter of some events', async () => {
  const filter = await client.createContractEventFilter({ abi, address, eventName: 'Stored', args: { sender: bob.account.address, key: [6n, 7n] } })
  await store(6n)
  await store(6n, bob)
  await store(5n, bob)
  const [log, ...more] = await client.getFilterChanges({ filter })
  assert.deepEqual([log.args.key, log.args.sender, more.length], [6n, bob.account.address, 0])
})

await step('all events of a filter', async () => {
  const filter = await client.createEventFilter({ address, event, fromBlock: contract.receipt.blockNumber })
  assert.deepEqual(keysOf(await client.getFilterLogs({ filter })), [1n, 2n, 3n, 4n, 6n, 6n, 5n])
  // Nothing is taken away by it.
  assert.equal((await client.getFilterLogs({ filter })).length, 7)
})

await step('a filter of what waits', async () => {
  const filter = await client.createPendingTransactionFilter()
  const hash = await withoutBlocks(async () => {
    const hash = await alice.sendTransaction({ to: bob.account.address, value: parseEther('1') })
    const hashes = await eventually(async () => {
      const hashes = await client.getFilterChanges({ filter })
      return hashes.length > 0 ? hashes : undefined
    })
    assert.deepEqual(hashes, [hash])
    return hash
  })
  await client.waitForTransactionReceipt({ hash })
})

await step('a filter that is not there', async () => {
  for (const method of ['eth_getFilterChanges', 'eth_getFilterLogs']) {
    const { error } = await raw(method, ['0x123456789'])
    assert.match(error.message, /filter not found/, JSON.stringify(error))
    assert.notEqual(error.code, -32603)
  }
  const filter = await client.createBlockFilter()
  await client.uninstallFilter({ filter })
  await assert.rejects(client.getFilterChanges({ filter }), BaseError)
})

await step('a client that watches goes on when its filter is gone, and misses nothing', async () => {
  const filters = []
  // As a client that talks to the node by itself, and remembers the filters that it was given.
  const request = async ({ method, params }) => {
    const { result, error } = await raw(method, params)
    if (error) throw error
    if (method === 'eth_newFilter') filters.push(result)
    return result
  }
  const watching = createPublicClient({ chain, pollingInterval, transport: custom({ request }) })
  const seen = []
  const fromBlock = await client.getBlockNumber()
  const unwatch = watching.watchContractEvent({
    abi,
    address,
    eventName: 'Stored',
    fromBlock: fromBlock + 1n,
    onLogs: (logs) => seen.push(...keysOf(logs)),
  })
  await eventually(() => filters[0])
  await store(20n)
  await eventually(() => (seen.includes(20n) ? true : undefined))
  // What a restart of the node does, or a long silence.
  assert.equal((await raw('eth_uninstallFilter', [filters[0]])).result, true)
  await store(21n)
  await eventually(() => filters[1])
  await store(22n)
  await eventually(() => (seen.includes(22n) ? true : undefined))
  unwatch()
  assert.deepEqual([...new Set(seen)], [20n, 21n, 22n])
})

await step('a client that watches blocks and transactions by polling', async () => {
  const [numbers, hashes] = [[], []]
  const unwatchBlocks = client.watchBlockNumber({ emitMissed: true, onBlockNumber: (number) => numbers.push(number) })
  const unwatchHashes = client.watchPendingTransactions({ onTransactions: (some) => hashes.push(...some) })
  await eventually(() => numbers[0])
  // The filter of the client is there when it has asked it once; until then what is sent is not seen.
  const sent = []
  await eventually(async () => {
    sent.push((await store(30n)).transactionHash)
    return hashes.some((hash) => sent.includes(hash)) ? true : undefined
  })
  const head = await client.getBlockNumber()
  await eventually(() => (numbers.includes(head) ? true : undefined))
  numbers.forEach((number, at) => assert.equal(number, numbers[0] + BigInt(at)))
  unwatchBlocks()
  unwatchHashes()
})

done()
