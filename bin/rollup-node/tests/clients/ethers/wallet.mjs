// What a wallet does: fund, send, wait, replace; and the errors that it knows.
import assert from 'node:assert/strict'
import { NonceManager, Wallet, isError, parseEther } from 'ethers'
import { done, step, withoutBlocks } from '../suite.mjs'
import { connect, provider, wallet } from './client.mjs'

const alice = wallet(0)
const fresh = new Wallet(Wallet.createRandom().privateKey, provider)
const to = '0x00000000000000000000000000000000000c0ffe'

/** Fails unless the call fails in a way that the library names. */
async function failsWith(code, call) {
  const error = await call().then(() => assert.fail('it did not fail'), (error) => error)
  assert.ok(isError(error, code), `${error.code} in place of ${code}: ${error.stack}`)
  return error
}

await step('knows the network', async () => {
  const { chainId } = await connect().getNetwork()
  assert.equal(chainId, 1337n)
})

await step('is told fees that are enough', async () => {
  const { gasPrice, maxFeePerGas, maxPriorityFeePerGas } = await provider.getFeeData()
  assert.ok(gasPrice > 0n && maxPriorityFeePerGas > 0n && maxFeePerGas > maxPriorityFeePerGas)
  const value = parseEther('10')
  const receipt = await (await alice.sendTransaction({ to: fresh.address, value, maxFeePerGas, maxPriorityFeePerGas })).wait()
  assert.ok(receipt.status === 1 && receipt.gasPrice <= maxFeePerGas)
  assert.equal(await provider.getBalance(fresh.address), value)
})

await step('counts nonces', async () => {
  const manager = new NonceManager(fresh)
  const responses = []
  for (let at = 0; at < 4; at += 1) responses.push(await manager.sendTransaction({ to, value: 1n }))
  assert.deepEqual(responses.map(({ nonce }) => nonce), [0, 1, 2, 3])
  for (const response of responses) assert.equal((await response.wait()).status, 1)
  assert.deepEqual([await fresh.getNonce('latest'), await fresh.getNonce('pending')], [4, 4])
})

await step('sees what waits', async () => {
  const response = await withoutBlocks(async () => {
    const response = await fresh.sendTransaction({ to, value: 2n })
    assert.deepEqual([await fresh.getNonce('latest'), await fresh.getNonce('pending')], [4, 5])
    const { blockNumber, nonce } = await provider.getTransaction(response.hash)
    assert.deepEqual([blockNumber, nonce], [null, 4])
    return response
  })
  assert.equal((await response.wait()).status, 1)
})

await step('speeds up, and says that the first was replaced', async () => {
  const request = { to, value: 3n, nonce: await fresh.getNonce(), gasLimit: 21_000n }
  const [first, second] = await withoutBlocks(async () => {
    const first = await fresh.sendTransaction(request)
    const { maxFeePerGas, maxPriorityFeePerGas } = first
    await failsWith('REPLACEMENT_UNDERPRICED', () => fresh.sendTransaction({ ...request, value: 4n, maxFeePerGas, maxPriorityFeePerGas }))
    const bumped = { maxFeePerGas: maxFeePerGas * 2n, maxPriorityFeePerGas: maxPriorityFeePerGas * 2n }
    return [first, await fresh.sendTransaction({ ...request, ...bumped })]
  })
  // The library looks for the block that has the nonce from where it was when the first was sent.
  const { reason, cancelled, receipt } = await failsWith('TRANSACTION_REPLACED', () => first.wait())
  assert.deepEqual([reason, cancelled, receipt.hash], ['repriced', false, second.hash])
})

await step('knows the errors of sending', async () => {
  const poor = new Wallet(Wallet.createRandom().privateKey, provider)
  await failsWith('INSUFFICIENT_FUNDS', () => poor.sendTransaction({ to, value: 1n, gasLimit: 21_000n }))
  await failsWith('INSUFFICIENT_FUNDS', () => poor.sendTransaction({ to, value: 1n }))
  await failsWith('NONCE_EXPIRED', () => fresh.sendTransaction({ to, nonce: 0, gasLimit: 21_000n }))
  // The library has a code of its own for the words of geth only.
  const { error } = await failsWith('UNKNOWN_ERROR', () => provider.send('eth_notThere', []))
  assert.equal(error.code, -32601)
})

await step('asks several things in one request', async () => {
  const batching = connect()
  const sent = []
  batching.on('debug', ({ action, payload }) => action === 'sendRpcPayload' && sent.push([payload].flat().length))
  await batching.getNetwork()
  sent.length = 0
  const [head, nonce, balance] = await Promise.all([
    batching.getBlockNumber(),
    batching.getTransactionCount(fresh.address),
    batching.getBalance(to),
  ])
  assert.ok(head > 0 && nonce === 6 && balance > 0n)
  // It asks for the chain id as well.
  assert.deepEqual(sent, [4])
})

done()
