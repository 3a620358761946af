// Transactions of every type: sent, in a block, and as they are read again.
import assert from 'node:assert/strict'
import {
  encodeFunctionData,
  isAddressEqual,
  keccak256,
  parseTransaction,
  recoverTransactionAddress,
} from 'viem'
import { done, raw, step } from '../suite.mjs'
import { client, deploy, wallet } from './client.mjs'

const [alice, bob] = [wallet(0), wallet(1)]
const contract = await step('deploys', () => deploy(alice))
const { abi, address } = contract
const data = encodeFunctionData({ abi, functionName: 'store', args: [1n, 2n, 'x'] })

/** Sends a transaction, and compares what is read of it with what was sent. */
async function send(request, typeHex) {
  const hash = await alice.sendTransaction(request)
  const receipt = await client.waitForTransactionReceipt({ hash })
  assert.equal(receipt.status, 'success')
  assert.ok(isAddressEqual(receipt.from, alice.account.address))
  const transaction = await client.getTransaction({ hash })
  assert.deepEqual([transaction.type, transaction.typeHex], [request.type, typeHex])
  assert.equal(receipt.type, request.type)
  assert.deepEqual([transaction.hash, transaction.input, transaction.to], [hash, data, address])
  assert.deepEqual([transaction.blockHash, transaction.transactionIndex], [receipt.blockHash, receipt.transactionIndex])
  const { blockHash, transactionIndex: index } = receipt
  assert.deepEqual(await client.getTransaction({ blockHash, index }), transaction)
  const { result: bytes } = await raw('eth_getRawTransactionByHash', [hash])
  assert.equal(keccak256(bytes), hash)
  assert.equal(parseTransaction(bytes).type, request.type)
  assert.ok(isAddressEqual(await recoverTransactionAddress({ serializedTransaction: bytes }), alice.account.address))
  const { baseFeePerGas } = await client.getBlock({ blockHash })
  const tip = transaction.maxPriorityFeePerGas
  if (tip !== undefined) {
    const cap = transaction.maxFeePerGas
    const price = baseFeePerGas + tip < cap ? baseFeePerGas + tip : cap
    assert.equal(receipt.effectiveGasPrice, price)
    assert.equal(transaction.gasPrice, price)
  } else {
    assert.equal(receipt.effectiveGasPrice, transaction.gasPrice)
  }
  return { transaction, receipt }
}

await step('legacy', async () => {
  const gasPrice = await client.getGasPrice()
  const { transaction } = await send({ type: 'legacy', to: address, data, gasPrice }, '0x0')
  assert.equal(transaction.gasPrice, gasPrice)
  assert.equal(transaction.chainId, 1337)
})

await step('access list', async () => {
  const { accessList, gasUsed } = await client.createAccessList({ account: alice.account.address, to: address, data })
  assert.deepEqual(accessList.map((entry) => entry.address), [address])
  assert.equal(accessList[0].storageKeys.length, 2)
  assert.ok(gasUsed > 0n)
  const gasPrice = await client.getGasPrice()
  const { transaction } = await send({ type: 'eip2930', to: address, data, gasPrice, accessList }, '0x1')
  assert.deepEqual(transaction.accessList, accessList)
})

await step('EIP-1559', async () => {
  const { transaction } = await send({ type: 'eip1559', to: address, data }, '0x2')
  assert.ok(transaction.maxFeePerGas >= transaction.maxPriorityFeePerGas)
  assert.equal(transaction.chainId, 1337)
})

await step('EIP-7702: an account with the code of the contract', async () => {
  const authorization = await bob.signAuthorization({ contractAddress: address })
  // In the account's own storage.
  const to = bob.account.address
  const hash = await alice.sendTransaction({ type: 'eip7702', to, data, authorizationList: [authorization] })
  const receipt = await client.waitForTransactionReceipt({ hash })
  assert.deepEqual([receipt.status, receipt.type], ['success', 'eip7702'])
  assert.ok(isAddressEqual(receipt.logs[0].address, to))
  const { authorizationList } = await client.getTransaction({ hash })
  assert.equal(authorizationList.length, 1)
  assert.ok(isAddressEqual(authorizationList[0].address, address))
  assert.equal(authorizationList[0].nonce, authorization.nonce)
  assert.equal(await client.getDelegation({ address: to }).then((to) => to.toLowerCase()), address)
  assert.equal(await client.readContract({ abi, address: to, functionName: 'count' }), 1n)
  const nonce = await client.getTransactionCount({ address: to })
  assert.equal(nonce, authorization.nonce + 1)
})

await step('EIP-7702: the code is taken off again', async () => {
  const contractAddress = '0x0000000000000000000000000000000000000000'
  const authorization = await bob.signAuthorization({ contractAddress, executor: 'self' })
  const hash = await bob.sendTransaction({ to: bob.account.address, authorizationList: [authorization] })
  await client.waitForTransactionReceipt({ hash })
  assert.equal(await client.getCode({ address: bob.account.address }), undefined)
})

await step('receipts have the L1 data fee, and balances pay it', async () => {
  const before = await client.getBalance({ address: alice.account.address })
  const { receipt } = await send({ type: 'eip1559', to: address, data }, '0x2')
  const after = await client.getBalance({ address: alice.account.address })
  assert.equal(before - after, receipt.gasUsed * receipt.effectiveGasPrice + BigInt(receipt.l1Fee))
})

await step('a block with its transactions', async () => {
  const hash = await alice.sendTransaction({ to: address, data })
  const { blockHash, blockNumber } = await client.waitForTransactionReceipt({ hash })
  const hashes = await client.getBlock({ blockHash })
  const full = await client.getBlock({ blockNumber, includeTransactions: true })
  assert.deepEqual(full.transactions.map((transaction) => transaction.hash), hashes.transactions)
  assert.ok(hashes.transactions.includes(hash))
  assert.equal(await client.getBlockTransactionCount({ blockNumber }), hashes.transactions.length)
  const receipts = await client.getBlockReceipts({ blockHash })
  assert.deepEqual(receipts.map((receipt) => receipt.transactionHash), hashes.transactions)
  const gas = receipts.reduce((sum, receipt) => sum + receipt.gasUsed, 0n)
  assert.deepEqual([gas, receipts.at(-1).cumulativeGasUsed], [full.gasUsed, full.gasUsed])
})

await step('blobs are refused', async () => {
  const answer = await raw('eth_sendRawTransaction', ['0x03c0'])
  assert.ok(answer.error, JSON.stringify(answer))
  assert.notEqual(answer.error.code, -32603)
})

done()
