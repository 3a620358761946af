// Errors that a client knows by their words and codes: each must become the client's own class.
import assert from 'node:assert/strict'
import {
  BaseError,
  BlockNotFoundError,
  FeeCapTooLowError,
  InsufficientFundsError,
  IntrinsicGasTooLowError,
  InvalidParamsRpcError,
  MethodNotFoundRpcError,
  NonceTooLowError,
  TipAboveFeeCapError,
  TransactionNotFoundError,
  TransactionReceiptNotFoundError,
  createWalletClient,
  http,
  parseEther,
} from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { done, raw, step, withoutBlocks } from '../suite.mjs'
import { chain, client, wallet } from './client.mjs'

const [alice, bob] = [wallet(0), wallet(1)]
const to = bob.account.address
const hash = `0x${'12'.repeat(32)}`

/** Fails unless the call fails with an error that has one of this class among its causes. */
async function failsWith(expected, call, text) {
  const error = await call().then(() => assert.fail(`it did not fail with ${expected.name}`), (error) => error)
  assert.ok(error instanceof BaseError, error.stack)
  const cause = error.walk((cause) => cause instanceof expected)
  assert.ok(cause instanceof expected, error.stack)
  if (text) assert.match(error.message, text)
}

const poor = createWalletClient({ account: privateKeyToAccount(generatePrivateKey()), chain, transport: http() })

await step('insufficient funds', async () => {
  await failsWith(InsufficientFundsError, () => poor.sendTransaction({ to, value: 1n, gas: 21_000n }))
  const value = parseEther('1000000000')
  await failsWith(InsufficientFundsError, () => alice.sendTransaction({ to, value, gas: 21_000n }))
  // Where no gas limit is given the client asks for an estimate first.
  await failsWith(InsufficientFundsError, () => alice.sendTransaction({ to, value }))
  await failsWith(InsufficientFundsError, () => client.call({ account: alice.account.address, to, value }))
})

await step('nonce too low', async () => {
  await client.waitForTransactionReceipt({ hash: await alice.sendTransaction({ to, nonce: 0 }) })
  await failsWith(NonceTooLowError, () => alice.sendTransaction({ to, nonce: 0, gas: 21_000n }))
})

await step('replacement underpriced, and already known', async () => {
  await withoutBlocks(async () => {
    const fees = await client.estimateFeesPerGas()
    const request = { to, nonce: await client.getTransactionCount({ address: alice.account.address }), gas: 21_000n, ...fees }
    await alice.sendTransaction(request)
    await assert.rejects(alice.sendTransaction({ ...request, value: 1n }), /replacement transaction underpriced/)
    await assert.rejects(alice.sendTransaction(request), /already known/)
  })
})

await step('gas too low, and above the limit of a block', async () => {
  await failsWith(IntrinsicGasTooLowError, () => alice.sendTransaction({ to, gas: 20_000n }))
  await assert.rejects(alice.sendTransaction({ to, gas: 1_000_000_000n }), /exceeds block gas limit/)
})

await step('fees too low', async () => {
  await failsWith(FeeCapTooLowError, () => client.call({ account: alice.account.address, to, maxFeePerGas: 1n, maxPriorityFeePerGas: 0n }))
  await assert.rejects(
    alice.sendTransaction({ to, gas: 21_000n, maxFeePerGas: 1n, maxPriorityFeePerGas: 0n }),
    /underpriced/,
  )
  const answer = await raw('eth_call', [{ from: alice.account.address, to, maxFeePerGas: '0x1', maxPriorityFeePerGas: '0x2' }, 'latest'])
  assert.match(answer.error.message, TipAboveFeeCapError.nodeMessage)
})

await step('what is not there', async () => {
  await failsWith(BlockNotFoundError, () => client.getBlock({ blockHash: hash }))
  await failsWith(BlockNotFoundError, () => client.getBlock({ blockNumber: 1_000_000n }))
  await failsWith(TransactionNotFoundError, () => client.getTransaction({ hash }))
  await failsWith(TransactionReceiptNotFoundError, () => client.getTransactionReceipt({ hash }))
  await assert.rejects(client.getBalance({ address: to, blockNumber: 1_000_000n }), BaseError)
})

await step('methods and parameters', async () => {
  await failsWith(MethodNotFoundRpcError, () => client.request({ method: 'eth_notThere', params: [] }))
  await failsWith(InvalidParamsRpcError, () => client.request({ method: 'eth_getBalance', params: ['0x12', 'latest'] }))
  await failsWith(InvalidParamsRpcError, () => client.request({ method: 'eth_getBalance', params: [] }))
  await failsWith(InvalidParamsRpcError, () => client.request({ method: 'eth_getBlockByNumber', params: ['newest', false] }))
})

await step('bytes that are no transaction', async () => {
  for (const bytes of ['0x', '0x00', '0x02c0', '0x7ec0', '0xff', '0x03c0']) {
    const { error } = await raw('eth_sendRawTransaction', [bytes])
    assert.ok([-32000, -32602].includes(error.code), `${bytes}: ${JSON.stringify(error)}`)
  }
})

await step('reverts have code 3 and their data', async () => {
  // PUSH0 PUSH0 REVERT behind a word in memory: the data is that word.
  const data = '0x602a5f5260205ffd'
  for (const method of ['eth_call', 'eth_estimateGas']) {
    const { error } = await raw(method, [{ from: alice.account.address, data }, 'latest'])
    assert.deepEqual([error.code, error.data], [3, `0x${'2a'.padStart(64, '0')}`], JSON.stringify(error))
    assert.match(error.message, /^execution reverted/)
  }
})

done()
