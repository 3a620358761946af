// Deploys the L1 contracts of the chain specification `dev`, and prints where they are:
//
//   node deploy.mjs --rpc URL [--signer ADDRESS] [--mine]
//
// The first account of anvil's mnemonic must not have sent anything on that L1. With --mine, anvil is told to mine what
// is sent; otherwise L1 is expected to do so by itself. On an L1 that has the contracts, nothing is done.
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { createPublicClient, http, parseGwei, serializeTransaction } from 'viem'
import { FEE_VAULT, OWNER, PROVER, SEQUENCER, SIGNER, account } from './accounts.mjs'
import { contracts } from './compile.mjs'
import { addresses, transactions } from './plan.mjs'

// Gas that is enough for any of the transactions.
const CREATION_GAS = 4_000_000n
const CALL_GAS = 500_000n
// Limit on waiting for a transaction, in milliseconds.
const LIMIT = 60_000
const PAUSE = 200

const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE))

/** What is where, and who may do what. */
function summary(chainId, signer) {
  const { placeholder, acceptingVerifier, ...rest } = addresses()
  const named = Object.entries(rest).filter(([name]) => !name.endsWith('Implementation'))
  const accounts = { owner: OWNER, sequencer: SEQUENCER, prover: PROVER, feeVault: FEE_VAULT }
  const addressOf = ([name, index]) => [name, account(index).address]
  return {
    l1ChainId: chainId,
    contracts: Object.fromEntries(named.sort()),
    accounts: { ...Object.fromEntries(Object.entries(accounts).map(addressOf)), signer },
  }
}

/** Waits until a transaction is in a block, and gives how it ended. */
async function receipt(client, hash, mine) {
  for (let waited = 0; waited < LIMIT; waited += PAUSE) {
    const found = await client.request({ method: 'eth_getTransactionReceipt', params: [hash] })
    if (found) return found
    if (mine) await client.request({ method: 'evm_mine', params: [] })
    else await pause()
  }
  throw new Error(`transaction ${hash} is in no block after ${LIMIT / 1000} s; if L1 does not mine by itself, use --mine`)
}

/** Deploys unless it is done. Gives the summary, and whether there was anything to do. */
export async function deploy({ rpc, signer = account(SIGNER).address, mine = false }) {
  const client = createPublicClient({ transport: http(rpc) })
  const built = contracts()
  const chainId = await client.getChainId()
  const { scrollChain, systemConfig } = addresses()
  const nonce = await client.getTransactionCount({ address: account(OWNER).address })
  if (nonce > 0) {
    const missing = `${rpc} is used: ${account(OWNER).address} has sent ${nonce} transactions. Start a new anvil.`
    if (!(await client.getCode({ address: scrollChain }))) throw new Error(missing)
    const call = { address: systemConfig, abi: built.SystemConfig.abi, functionName: 'getSigner' }
    return { summary: summary(chainId, await client.readContract(call)), isNew: false }
  }
  const hashes = []
  for (const [nonce, transaction] of transactions(built, signer).entries()) {
    const gas = transaction.to ? CALL_GAS : CREATION_GAS
    const fees = { maxFeePerGas: parseGwei('100'), maxPriorityFeePerGas: parseGwei('1') }
    const request = { type: 'eip1559', chainId, nonce, gas, ...fees, ...transaction }
    const serializedTransaction = await account(OWNER).signTransaction(request, { serializer: serializeTransaction })
    hashes.push(await client.sendRawTransaction({ serializedTransaction }))
  }
  for (const [nonce, hash] of hashes.entries()) {
    const { status } = await receipt(client, hash, mine)
    if (status !== '0x1') throw new Error(`transaction ${nonce} of the deployment was reverted: ${hash}`)
  }
  return { summary: summary(chainId, signer), isNew: true }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const options = { rpc: { type: 'string' }, signer: { type: 'string' }, mine: { type: 'boolean' } }
  const { values } = parseArgs({ options })
  if (!values.rpc) throw new Error('--rpc URL is needed: the JSON-RPC of an L1')
  const { summary, isNew } = await deploy(values)
  if (!isNew) console.error(`${values.rpc} has the contracts already`)
  console.log(JSON.stringify(summary, null, 2))
}
