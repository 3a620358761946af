// Several calls in one request.
import assert from 'node:assert/strict'
import { createPublicClient, http, webSocket } from 'viem'
import { done, keys, step, urls } from '../suite.mjs'
import { chain, client, deploy, wallet } from './client.mjs'

const alice = wallet(0)
const contract = await step('deploys', () => deploy(alice))
const { abi, address } = contract

/** A client that sends what is asked at the same time in one request, and the requests it has sent. */
function batching() {
  const requests = []
  const onFetchRequest = async (request) => {
    requests.push(JSON.parse(await request.clone().text()))
  }
  const transport = http(urls.http, { batch: true, onFetchRequest })
  return { requests, client: createPublicClient({ chain, transport }) }
}

await step('one request, and each answer where it belongs', async () => {
  const { client, requests } = batching()
  const [id, head, balance, owner, code] = await Promise.all([
    client.getChainId(),
    client.getBlockNumber(),
    client.getBalance({ address: alice.account.address }),
    client.readContract({ abi, address, functionName: 'owner' }),
    client.getCode({ address }),
  ])
  assert.deepEqual(requests.map((request) => request.length), [5])
  assert.deepEqual([id, owner], [1337, alice.account.address])
  assert.ok(head >= contract.receipt.blockNumber && balance > 0n && code.length > 100)
})

await step('a call that fails leaves the others alone', async () => {
  const { client, requests } = batching()
  const results = await Promise.allSettled([
    client.getChainId(),
    client.readContract({ abi, address, functionName: 'require_', args: [false] }),
    client.request({ method: 'eth_notThere' }),
    client.readContract({ abi, address, functionName: 'count' }),
  ])
  assert.deepEqual(results.map(({ status }) => status), ['fulfilled', 'rejected', 'rejected', 'fulfilled'])
  assert.match(results[1].reason.message, /it does not hold/)
  assert.equal(requests.length, 1)
})

await step('a hundred calls', async () => {
  const { client, requests } = batching()
  const blocks = await Promise.all(Array.from({ length: 100 }, () => client.getBlock({ blockTag: 'earliest' })))
  assert.deepEqual([requests.length, new Set(blocks.map(({ hash }) => hash)).size], [1, 1])
})

await step('over WebSocket answers come to who asked', async () => {
  const socket = createPublicClient({ chain, transport: webSocket(urls.ws) })
  const numbers = Array.from({ length: 50 }, (_, at) => BigInt(at % 2))
  const blocks = await Promise.all(numbers.map((blockNumber) => socket.getBlock({ blockNumber })))
  assert.deepEqual(blocks.map(({ number }) => number), numbers)
  assert.equal(await socket.getChainId(), await client.getChainId())
})

await step('transactions of one batch', async () => {
  const { client: batch, requests } = batching()
  const nonce = await client.getTransactionCount({ address: alice.account.address })
  const fees = await client.estimateFeesPerGas()
  const to = wallet(keys.length - 1).account.address
  const signed = await Promise.all([0, 1, 2, 3].map((at) =>
    alice.signTransaction({ to, value: 1n, nonce: nonce + at, gas: 21_000n, type: 'eip1559', ...fees })))
  const hashes = await Promise.all(signed.map((serializedTransaction) => batch.sendRawTransaction({ serializedTransaction })))
  assert.equal(requests.length, 1)
  for (const hash of hashes) {
    const { status } = await client.waitForTransactionReceipt({ hash })
    assert.equal(status, 'success')
  }
})

done()
