// A contract: deployed, called with transactions of every type, its reverts decoded, its events and its past read.
import assert from 'node:assert/strict'
import { Transaction, ZeroAddress, getCreateAddress, isError, keccak256, toBeHex } from 'ethers'
import { done, step } from '../suite.mjs'
import { deploy, provider, wallet } from './client.mjs'

const [alice, bob] = [wallet(0), wallet(1)]

/** The error of a call that must fail in a way that the library names. */
async function failure(code, call) {
  const error = await call().then(() => assert.fail('it did not fail'), (error) => error)
  assert.ok(isError(error, code), `${error.code} in place of ${code}: ${error.stack}`)
  return error
}

const contract = await step('deploys', async () => {
  const nonce = await alice.getNonce()
  const contract = await deploy(alice, { value: 5n })
  assert.equal(contract.target, getCreateAddress({ from: alice.address, nonce }))
  const receipt = await contract.deploymentTransaction().wait()
  assert.deepEqual([receipt.status, receipt.contractAddress, receipt.to], [1, contract.target, null])
  assert.ok((await contract.getDeployedCode()).length > 100)
  assert.equal(await provider.getBalance(contract), 5n)
  return contract
})
const deployedIn = (await contract.deploymentTransaction().wait()).blockNumber

/** Stores a value, and gives the receipt. */
const store = async (signer, key, value, overrides = {}) =>
  (await contract.connect(signer).store(key, value, 'note', overrides)).wait()

const storedIn = await step('legacy', async () => {
  const receipt = await store(alice, 1n, 10n, { type: 0 })
  const transaction = await receipt.getTransaction()
  assert.deepEqual([receipt.type, transaction.type, transaction.chainId], [0, 0, 1337n])
  assert.equal(receipt.gasPrice, transaction.gasPrice)
  return receipt.blockNumber
})

await step('access list', async () => {
  const accessList = [{ address: contract.target, storageKeys: [toBeHex(1, 32)] }]
  const { type, hash } = await store(alice, 2n, 20n, { type: 1, accessList })
  assert.equal(type, 1)
  assert.deepEqual((await provider.getTransaction(hash)).accessList, accessList)
})

await step('EIP-1559', async () => {
  const { type, hash } = await store(bob, 3n, 30n)
  assert.equal(type, 2)
  const transaction = await provider.getTransaction(hash)
  // The library hashes and recovers by itself what it is given.
  assert.equal(Transaction.from(transaction).hash, hash)
  assert.equal(transaction.from, bob.address)
})

await step('EIP-7702', async () => {
  const authorization = await bob.authorize({ address: contract.target })
  const data = contract.interface.encodeFunctionData('store', [1n, 1n, ''])
  const request = { type: 4, to: bob.address, data, authorizationList: [authorization] }
  const receipt = await (await alice.sendTransaction(request)).wait()
  assert.deepEqual([receipt.type, receipt.status, receipt.logs[0].address], [4, 1, bob.address])
  const transaction = await receipt.getTransaction()
  assert.equal(transaction.authorizationList[0].address, contract.target)
  assert.equal(await provider.getCode(bob.address), `0xef0100${contract.target.slice(2).toLowerCase()}`)
  const none = await bob.authorize({ address: ZeroAddress })
  await (await alice.sendTransaction({ ...request, data: '0x', authorizationList: [none] })).wait()
  assert.equal(await provider.getCode(bob.address), '0x')
})

await step('reads', async () => {
  assert.deepEqual([await contract.values(3n), await contract.count()], [30n, 3n])
  assert.equal(await contract.owner(), alice.address)
  assert.equal(await contract.store.staticCall(9n, 9n, 'not kept').then(() => contract.values(9n)), 0n)
})

await step('reads the past', async () => {
  assert.equal(await provider.getCode(contract.target, deployedIn - 1), '0x')
  assert.equal(await contract.count({ blockTag: storedIn - 1 }), 0n)
  assert.equal(await contract.count({ blockTag: storedIn }), 1n)
  assert.equal(await provider.getStorage(contract.target, 1, storedIn), toBeHex(1, 32))
})

await step('estimates at least what is used', async () => {
  const gasLimit = await contract.store.estimateGas(4n, 40n, 'note')
  const receipt = await store(alice, 4n, 40n, { gasLimit })
  assert.ok(receipt.status === 1 && receipt.gasUsed <= gasLimit)
})

await step('finds events', async () => {
  const keys = async (filter, ...range) => (await contract.queryFilter(filter, ...range)).map(({ args }) => args.key)
  assert.deepEqual(await keys('Stored'), [1n, 2n, 3n, 4n])
  assert.deepEqual(await keys(contract.filters.Stored(bob.address)), [3n])
  assert.deepEqual(await keys(contract.filters.Stored(null, [2n, 4n])), [2n, 4n])
  assert.deepEqual(await keys('Stored', deployedIn + 1, deployedIn + 1), [1n])
  const [log] = await provider.getLogs({ address: contract.target, blockHash: (await provider.getBlock(deployedIn + 1)).hash })
  assert.equal(log.blockNumber, deployedIn + 1)
})

await step('decodes reverts', async () => {
  const reason = await failure('CALL_EXCEPTION', () => contract.require_(false))
  assert.equal(reason.reason, 'it does not hold')
  const refused = await failure('CALL_EXCEPTION', () => contract.connect(bob).refuse(13n))
  assert.deepEqual([refused.revert.name, ...refused.revert.args], ['Refused', bob.address, 13n])
  const panic = await failure('CALL_EXCEPTION', () => contract.divide(0n))
  assert.deepEqual([panic.revert.name, ...panic.revert.args], ['Panic', 0x12])
  const estimated = await failure('CALL_EXCEPTION', () => contract.require_.estimateGas(false))
  assert.equal(estimated.reason, 'it does not hold')
  assert.equal(estimated.action, 'estimateGas')
})

await step('a reverted transaction is in a block, and waiting for it says so', async () => {
  const data = contract.interface.encodeFunctionData('refuse', [1n])
  const response = await bob.sendTransaction({ to: contract.target, data, gasLimit: 100_000n })
  const { receipt } = await failure('CALL_EXCEPTION', () => response.wait())
  assert.deepEqual([receipt.status, receipt.hash], [0, response.hash])
})

await step('blocks', async () => {
  const block = await provider.getBlock(deployedIn, true)
  const [transaction] = block.prefetchedTransactions
  assert.equal(transaction.hash, contract.deploymentTransaction().hash)
  const byHash = await provider.getBlock(block.hash)
  assert.deepEqual(byHash.transactions, block.transactions)
  assert.equal(await provider.getBlock(1_000_000), null)
  assert.equal(await provider.getTransaction(keccak256('0x')), null)
  assert.equal(await provider.getTransactionReceipt(keccak256('0x')), null)
})

done()
