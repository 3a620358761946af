// Events: watched over HTTP by filters, and over WebSocket by subscriptions, also when the connection is lost.
import assert from 'node:assert/strict'
import { Contract, WebSocketProvider } from 'ethers'
import { done, eventually, ledger, step, withoutBlocks, wsProxy } from '../suite.mjs'
import { deploy, provider, wallet } from './client.mjs'

const alice = wallet(0)
const contract = await step('deploys', () => deploy(alice))
const store = async (key) => (await contract.store(key, key * 10n, 'note')).wait()

/** Remembers the keys of the events of the contract, as a provider tells them. */
async function watch(runner) {
  const seen = []
  const watched = new Contract(contract.target, ledger.abi, runner)
  await watched.on('Stored', (_sender, key, value, note, { log }) => {
    assert.deepEqual([value, note, log.address], [key * 10n, 'note', contract.target])
    seen.push(key)
  })
  return { seen, watched }
}

await step('over HTTP, by a filter', async () => {
  const { seen, watched } = await watch(provider)
  // What is written before there is the filter is not told; so it writes until something is.
  await eventually(async () => {
    await store(1n)
    return seen.length > 0 ? true : undefined
  })
  seen.length = 0
  for (const key of [2n, 3n, 4n]) await store(key)
  await eventually(() => (seen.includes(4n) ? true : undefined))
  assert.deepEqual(seen.filter((key) => key > 1n), [2n, 3n, 4n])
  await watched.removeAllListeners()
})

await step('blocks over HTTP', async () => {
  const numbers = []
  await provider.on('block', (number) => numbers.push(number))
  const { blockNumber } = await store(5n)
  await eventually(() => (numbers.includes(blockNumber) ? true : undefined))
  await provider.off('block')
})

const proxy = await wsProxy()

await step('over WebSocket: blocks, events, and transactions that wait', async () => {
  const socket = new WebSocketProvider(proxy.url)
  const [numbers, hashes] = [[], []]
  await socket.on('block', (number) => numbers.push(number))
  await socket.on('pending', (hash) => hashes.push(hash))
  const { seen } = await watch(socket)
  await eventually(async () => {
    await store(1n)
    return seen.length > 0 && numbers.length > 0 && hashes.length > 0 ? true : undefined
  })
  const { blockNumber } = await store(6n)
  await eventually(() => (seen.includes(6n) && numbers.includes(blockNumber) ? true : undefined))
  const sent = await withoutBlocks(async () => {
    const sent = await contract.store(7n, 70n, 'note')
    await eventually(() => (hashes.includes(sent.hash) ? true : undefined))
    return sent
  })
  await sent.wait()
  await eventually(() => (seen.includes(7n) ? true : undefined))
  assert.deepEqual(seen.filter((key) => key > 1n), [6n, 7n])
  await socket.destroy()
})

await step('events go on after the connection is lost, and none is missed', async () => {
  // As an application does it: another provider when the connection is lost, and what came meanwhile from the logs.
  const seen = new Set()
  let next = await provider.getBlockNumber()
  let socket
  let connections = 0
  const start = async () => {
    connections += 1
    socket = new WebSocketProvider(proxy.url)
    socket.websocket.onclose = start
    socket.websocket.onerror = () => {}
    const watched = new Contract(contract.target, ledger.abi, socket)
    await watched.on('Stored', (_sender, key) => seen.add(key))
    for (const { args, blockNumber } of await watched.queryFilter('Stored', next)) {
      seen.add(args.key)
      next = blockNumber
    }
  }
  await start()
  await store(20n)
  await eventually(() => (seen.has(20n) ? true : undefined))
  proxy.cut()
  await store(21n)
  await eventually(() => (connections > 1 && seen.has(21n) ? true : undefined))
  await store(22n)
  await eventually(() => (seen.has(22n) ? true : undefined))
  assert.deepEqual([...seen].filter((key) => key >= 20n).sort(), [20n, 21n, 22n])
  socket.websocket.onclose = null
  await socket.destroy()
})

done()
