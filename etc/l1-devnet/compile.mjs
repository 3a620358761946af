// Compiles the contracts. What they compile to is kept in the directory of the packages, under a name that says what it
// was made from: solc takes most of a minute.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const HERE = dirname(fileURLToPath(import.meta.url))
const require = createRequire(import.meta.url)

const PROXY = '@openzeppelin/contracts/proxy/transparent'
const SCROLL = '@scroll-tech/contracts'
// The file of each contract.
const FILES = {
  AcceptingVerifier: 'AcceptingVerifier.sol',
  EmptyContract: `${SCROLL}/misc/EmptyContract.sol`,
  EnforcedTxGateway: `${SCROLL}/L1/gateways/EnforcedTxGateway.sol`,
  L1MessageQueueV1: `${SCROLL}/L1/rollup/L1MessageQueueV1.sol`,
  L1MessageQueueV2: `${SCROLL}/L1/rollup/L1MessageQueueV2.sol`,
  L1ScrollMessenger: `${SCROLL}/L1/L1ScrollMessenger.sol`,
  MultipleVersionRollupVerifier: `${SCROLL}/L1/rollup/MultipleVersionRollupVerifier.sol`,
  ProxyAdmin: `${PROXY}/ProxyAdmin.sol`,
  // ScrollChain, and functions that finalize without a proof.
  ScrollChainMockFinalize: `${SCROLL}/mocks/ScrollChainMockFinalize.sol`,
  SystemConfig: `${SCROLL}/L1/system-contract/SystemConfig.sol`,
  TransparentUpgradeableProxy: `${PROXY}/TransparentUpgradeableProxy.sol`,
}

const SETTINGS = {
  evmVersion: 'cancun',
  optimizer: { enabled: true, runs: 200 },
  outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } },
}

function source(path) {
  const file = path.startsWith('@') ? require.resolve(path) : join(HERE, path)
  return readFileSync(file, 'utf8')
}

function compiled() {
  const solc = require('solc')
  const sources = Object.fromEntries(Object.values(FILES).map((file) => [file, { content: source(file) }]))
  const found = (path) => {
    try {
      return { contents: source(path) }
    } catch (error) {
      return { error: String(error) }
    }
  }
  const input = JSON.stringify({ language: 'Solidity', sources, settings: SETTINGS })
  const output = JSON.parse(solc.compile(input, { import: found }))
  const errors = (output.errors ?? []).filter(({ severity }) => severity === 'error')
  if (errors.length > 0) {
    throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join('\n'))
  }
  const contract = ([name, file]) => {
    const { abi, evm } = output.contracts[file][name]
    return [name, { abi, bytecode: `0x${evm.bytecode.object}` }]
  }
  return Object.fromEntries(Object.entries(FILES).map(contract))
}

/** Interface and bytecode of each contract by its name. */
export function contracts() {
  const digest = createHash('sha256')
  for (const file of ['package-lock.json', 'compile.mjs', 'AcceptingVerifier.sol']) {
    digest.update(readFileSync(join(HERE, file)))
  }
  // Beside the packages, wherever these are.
  const modules = dirname(dirname(require.resolve('solc/package.json')))
  const kept = join(modules, `l1-devnet-${digest.digest('hex').slice(0, 16)}.json`)
  if (!existsSync(kept)) {
    const unfinished = `${kept}.${process.pid}`
    writeFileSync(unfinished, JSON.stringify(compiled()))
    renameSync(unfinished, kept)
  }
  return JSON.parse(readFileSync(kept, 'utf8'))
}
