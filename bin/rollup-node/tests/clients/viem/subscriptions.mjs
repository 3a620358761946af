// Subscriptions over WebSocket, also when the connection is lost.
import assert from 'node:assert/strict'
import { createPublicClient, webSocket } from 'viem'
import { done, eventually, step, withoutBlocks, wsProxy } from '../suite.mjs'
import { chain, client, deploy, wallet, write } from './client.mjs'

const alice = wallet(0)
const contract = await step('deploys', () => deploy(alice))
const { abi, address } = contract
const store = (key) => write(alice, contract, 'store', [key, key * 10n, 'note'])

const proxy = await wsProxy()
const transport = webSocket(proxy.url, { reconnect: { delay: 50, attempts: 100 } })
const socket = createPublicClient({ chain, transport })

/** Subscribes as the client does by itself, and gives what comes and a way to end it. */
async function subscribe(...params) {
  const news = []
  const { unsubscribe, subscriptionId } = await socket.transport.subscribe({
    params,
    onData: ({ result }) => news.push(result),
    onError: () => {},
  })
  return { news, subscriptionId, unsubscribe }
}

await step('headers of new blocks', async () => {
  const { news, unsubscribe } = await subscribe('newHeads')
  const { blockHash } = await store(1n)
  const header = await eventually(() => news.find(({ hash }) => hash === blockHash))
  const block = await client.request({ method: 'eth_getBlockByHash', params: [blockHash, false] })
  for (const field of ['number', 'parentHash', 'stateRoot', 'gasUsed', 'timestamp', 'baseFeePerGas', 'logsBloom']) {
    assert.equal(header[field], block[field], field)
  }
  assert.equal(header.transactions, undefined)
  await unsubscribe()
  const before = news.length
  await store(2n)
  await socket.getBlockNumber()
  assert.equal(news.length, before)
})

await step('logs, by topics too', async () => {
  const [all, some] = [await subscribe('logs', { address }), await subscribe('logs', { topics: [null, null, `0x${'4'.padStart(64, '0')}`] })]
  const { logs: [third] } = await store(3n)
  const { logs: [fourth] } = await store(4n)
  const plain = ({ address, topics, data, blockHash, transactionHash }) => ({ address, topics, data, blockHash, transactionHash })
  await eventually(() => (all.news.length >= 2 && some.news.length >= 1 ? true : undefined))
  assert.deepEqual(all.news.map(plain), [third, fourth].map(plain))
  assert.deepEqual(some.news.map(plain), [fourth].map(plain))
  assert.deepEqual(all.news.map(({ removed }) => removed), [false, false])
  await all.unsubscribe()
  await some.unsubscribe()
})

await step('transactions that wait, as hashes and whole', async () => {
  const [hashes, whole] = [await subscribe('newPendingTransactions'), await subscribe('newPendingTransactions', true)]
  const hash = await withoutBlocks(async () => {
    const hash = await alice.sendTransaction({ to: address, value: 1n })
    await eventually(() => hashes.news.find((news) => news === hash))
    const transaction = await eventually(() => whole.news.find((news) => news.hash === hash))
    assert.deepEqual([transaction.value, transaction.blockHash ?? null], ['0x1', null])
    assert.equal(transaction.from, alice.account.address.toLowerCase())
    return hash
  })
  await client.waitForTransactionReceipt({ hash })
  await hashes.unsubscribe()
  await whole.unsubscribe()
})

await step('what is no subscription is refused', async () => {
  for (const params of [['notThere'], [], ['logs', { fromBlock: 5 }, 1, 2]]) {
    await assert.rejects(socket.transport.subscribe({ params, onData: () => {}, onError: () => {} }), JSON.stringify(params))
  }
})

await step('watching goes on after the connection is lost, and nothing is missed', async () => {
  const [seen, numbers] = [[], []]
  const unwatch = socket.watchContractEvent({
    abi,
    address,
    eventName: 'Stored',
    onLogs: (logs) => seen.push(...logs.map(({ args }) => args.key)),
    onError: () => {},
  })
  const unwatchBlocks = socket.watchBlockNumber({ onBlockNumber: (number) => numbers.push(number), onError: () => {} })
  // What is written before the client has subscribed is not told; so it writes until something is.
  await eventually(async () => {
    await store(10n)
    return seen.includes(10n) ? true : undefined
  })
  const from = (await client.getBlockNumber()) + 1n
  await store(11n)
  await eventually(() => (seen.includes(11n) ? true : undefined))
  proxy.cut()
  // While nobody listens.
  await store(12n)
  await eventually(async () => {
    await store(13n)
    return seen.includes(13n) ? true : undefined
  })
  await store(14n)
  await eventually(() => (seen.includes(14n) ? true : undefined))
  // As an application does: what came while it was away it asks for.
  const since = await socket.getContractEvents({ abi, address, eventName: 'Stored', fromBlock: from })
  const all = new Set([...since.map(({ args }) => args.key), ...seen.filter((key) => key > 10n)])
  assert.deepEqual([...all], [11n, 12n, 13n, 14n])
  const head = await client.getBlockNumber()
  await eventually(() => (numbers.includes(head) ? true : undefined))
  unwatch()
  unwatchBlocks()
})

await step('two hundred subscriptions on one connection, each told once', async () => {
  const all = await Promise.all(Array.from({ length: 200 }, () => subscribe('logs', { address })))
  assert.equal(new Set(all.map(({ subscriptionId }) => subscriptionId)).size, 200)
  const { transactionHash } = await store(20n)
  await eventually(() => (all.every(({ news }) => news.length > 0) ? true : undefined))
  for (const { news } of all) assert.deepEqual(news.map((log) => log.transactionHash), [transactionHash])
})

done()
