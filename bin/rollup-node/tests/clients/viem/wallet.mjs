// What a wallet does: fund, send, wait, replace.
import assert from 'node:assert/strict'
import { createWalletClient, http, parseEther } from 'viem'
import { waitForTransactionReceipt } from 'viem/actions'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { done, raw, step, withoutBlocks } from '../suite.mjs'
import { chain, client, pollingInterval, wallet } from './client.mjs'

const funder = wallet(0)
const account = privateKeyToAccount(generatePrivateKey())
const fresh = createWalletClient({ account, chain, pollingInterval, transport: http() })
const { address } = account
const to = '0x00000000000000000000000000000000000c0ffe'
const nonceAt = (blockTag) => client.getTransactionCount({ address, blockTag })

await step('funds a new account', async () => {
  assert.equal(await client.getBalance({ address }), 0n)
  const hash = await funder.sendTransaction({ to: address, value: parseEther('10') })
  await client.waitForTransactionReceipt({ hash, confirmations: 1 })
  assert.equal(await client.getBalance({ address }), parseEther('10'))
})

await step('pays with it, and waits for the receipt', async () => {
  const hash = await fresh.sendTransaction({ to, value: parseEther('1') })
  const receipt = await client.waitForTransactionReceipt({ hash })
  assert.equal(receipt.gasUsed, 21_000n)
  assert.equal(await client.getBalance({ address: to }), parseEther('1'))
  assert.equal(await client.getTransactionConfirmations({ hash }) > 0n, true)
  assert.deepEqual([await nonceAt('latest'), await nonceAt('pending')], [1, 1])
})

await step('what waits counts in the nonce of the pending tag', async () => {
  const hashes = await withoutBlocks(async () => {
    const hashes = []
    for (let sent = 0; sent < 3; sent += 1) hashes.push(await fresh.sendTransaction({ to, value: 1n }))
    assert.deepEqual([await nonceAt('latest'), await nonceAt('pending')], [1, 4])
    const transaction = await client.getTransaction({ hash: hashes[2] })
    assert.deepEqual([transaction.nonce, transaction.blockHash, transaction.blockNumber], [3, null, null])
    assert.equal((await raw('eth_getTransactionReceipt', [hashes[2]])).result, null)
    return hashes
  })
  const receipts = await Promise.all(hashes.map((hash) => client.waitForTransactionReceipt({ hash })))
  assert.deepEqual(receipts.map(({ status }) => status), ['success', 'success', 'success'])
  assert.equal(await nonceAt('latest'), 4)
})

await step('a transaction waits for the nonce before it', async () => {
  const late = await fresh.sendTransaction({ to, nonce: 5, gas: 21_000n })
  assert.equal(await nonceAt('pending'), 4)
  const early = await fresh.sendTransaction({ to, nonce: 4, gas: 21_000n })
  for (const hash of [early, late]) await client.waitForTransactionReceipt({ hash })
  assert.equal(await nonceAt('latest'), 6)
})

await step('a transaction is sped up', async () => {
  const fees = await client.estimateFeesPerGas()
  const nonce = await nonceAt('latest')
  const told = []
  const request = { to, value: 5n, nonce, gas: 21_000n }
  let waiting
  const replacement = await withoutBlocks(async () => {
    const hash = await fresh.sendTransaction({ ...request, ...fees })
    const seen = new Promise((resolve) => {
      const { getTransaction } = client
      // The client asks for the transaction as soon as it waits; then it can notice the replacement.
      const watching = client.extend(() => ({
        getTransaction: async (query) => {
          const transaction = await getTransaction(query)
          resolve()
          return transaction
        },
      }))
      waiting = waitForTransactionReceipt(watching, { hash, onReplaced: (news) => told.push(news) })
    })
    await seen
    const { maxFeePerGas, maxPriorityFeePerGas } = fees
    const bumped = { maxFeePerGas: maxFeePerGas * 2n, maxPriorityFeePerGas: maxPriorityFeePerGas * 2n }
    const replacement = await fresh.sendTransaction({ ...request, ...bumped })
    assert.equal((await raw('eth_getTransactionByHash', [hash])).result, null)
    return replacement
  })
  const receipt = await waiting
  assert.equal(receipt.transactionHash, replacement)
  assert.deepEqual(told.map(({ reason }) => reason), ['repriced'])
})

await step('signs what it says', async () => {
  const signature = await fresh.signMessage({ message: 'hello' })
  assert.ok(await client.verifyMessage({ address, message: 'hello', signature }))
  assert.ok(!(await client.verifyMessage({ address, message: 'hullo', signature })))
})

done()
