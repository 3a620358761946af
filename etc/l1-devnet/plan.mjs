// What is deployed, in order. The nonce of a deployment is its place in the order, and makes its address: the proxies have
// those of the chain specification `dev`.
import { concatHex, encodeAbiParameters, encodeFunctionData, getContractAddress, keccak256, numberToHex } from 'viem'
import { FEE_VAULT, OWNER, PROVER, SEQUENCER, account } from './accounts.mjs'

const L2_CHAIN_ID = 1337n
// The L2 contract that gets the messages of the messenger: its address on the main network.
const L2_MESSENGER = '0x781e90f1c8Fc4611c9b7497C3B47F99Ef6969CbC'

// The genesis block of the chain specification `dev`.
const GENESIS = {
  timestamp: 0x6490fdd2n,
  gasLimit: 20_000_000n,
  stateRoot: '0x94bb620fdc2c525d9c5cfc0ea5d0d99838623db80b14be07c62c88040e35f45a',
}

// Parameters of SystemConfig.
const MESSAGE_QUEUE_PARAMETERS = { maxGasLimit: 2_000_000, baseFeeOverhead: 10n ** 9n, baseFeeScalar: 10n ** 9n }
const ENFORCED_BATCH_PARAMETERS = { maxDelayEnterEnforcedMode: 86_400, maxDelayMessageQueue: 86_400 }

// Codecs whose batches can be finalized.
const VERSIONS = [7n, 8n, 9n, 10n]

const ZERO_WORD = numberToHex(0, { size: 32 })

// The order of what is created.
const CREATED = [
  'proxyAdmin',
  'placeholder',
  'systemConfig',
  'messageQueueV1',
  'messageQueueV2',
  'scrollChain',
  'systemConfigImplementation',
  'acceptingVerifier',
  'messageQueueV1Implementation',
  'scrollMessenger',
  'messageQueueV2Implementation',
  'scrollMessengerImplementation',
  'enforcedTxGatewayImplementation',
  'scrollChainImplementation',
  'rollupVerifier',
]
// The gateway's proxy is created after some calls.
const GATEWAY_NONCE = 18
const PROXIES = ['systemConfig', 'messageQueueV1', 'messageQueueV2', 'scrollChain', 'scrollMessenger']

/** The address of everything that is deployed. */
export function addresses() {
  const at = (nonce) => getContractAddress({ from: account(OWNER).address, nonce: BigInt(nonce) })
  const created = Object.fromEntries(CREATED.map((name, nonce) => [name, at(nonce)]))
  return { ...created, enforcedTxGateway: at(GATEWAY_NONCE) }
}

/** The batch that has the genesis block alone. */
export function genesisBatch() {
  const number = (value, size) => numberToHex(value, { size })
  const context = concatHex([
    number(0n, 8),
    number(GENESIS.timestamp, 8),
    number(0n, 32),
    number(GENESIS.gasLimit, 8),
    number(0n, 2),
  ])
  const dataHash = keccak256(keccak256(context))
  return { header: concatHex([number(0n, 25), dataHash, ZERO_WORD]), stateRoot: GENESIS.stateRoot }
}

// What each contract is created from and with.
function creations(to) {
  const proxy = ['TransparentUpgradeableProxy', to.placeholder, to.proxyAdmin, '0x']
  const verifiers = VERSIONS.map(() => to.acceptingVerifier)
  const queues = [to.messageQueueV1, to.messageQueueV2]
  const users = [to.scrollMessenger, to.scrollChain, to.enforcedTxGateway]
  return {
    ...Object.fromEntries([...PROXIES, 'enforcedTxGateway'].map((name) => [name, proxy])),
    proxyAdmin: ['ProxyAdmin'],
    placeholder: ['EmptyContract'],
    systemConfigImplementation: ['SystemConfig'],
    acceptingVerifier: ['AcceptingVerifier'],
    messageQueueV1Implementation: ['L1MessageQueueV1', ...users],
    messageQueueV2Implementation: ['L1MessageQueueV2', ...users, to.messageQueueV1, to.systemConfig],
    scrollMessengerImplementation: ['L1ScrollMessenger', L2_MESSENGER, to.scrollChain, ...queues, to.enforcedTxGateway],
    enforcedTxGatewayImplementation: ['EnforcedTxGateway', to.messageQueueV2, account(FEE_VAULT).address],
    scrollChainImplementation: ['ScrollChainMockFinalize', L2_CHAIN_ID, ...queues, to.rollupVerifier, to.systemConfig],
    rollupVerifier: ['MultipleVersionRollupVerifier', VERSIONS, verifiers],
  }
}

/** The transactions of the owner, by nonce. */
export function transactions(contracts, signer) {
  const to = addresses()
  const recipes = creations(to)
  const create = (name) => {
    const [contract, ...values] = recipes[name]
    const { abi, bytecode } = contracts[contract]
    const inputs = abi.find(({ type }) => type === 'constructor')?.inputs ?? []
    return { data: concatHex([bytecode, encodeAbiParameters(inputs, values)]) }
  }
  const call = (contract, address, functionName, ...args) => {
    return { to: address, data: encodeFunctionData({ abi: contracts[contract].abi, functionName, args }) }
  }
  const upgrade = (name) => call('ProxyAdmin', to.proxyAdmin, 'upgrade', to[name], to[`${name}Implementation`])
  const zero = numberToHex(0, { size: 20 })
  const chain = (...rest) => call('ScrollChainMockFinalize', to.scrollChain, ...rest)
  const genesis = genesisBatch()
  const [owner, vault] = [account(OWNER).address, account(FEE_VAULT).address]
  const parameters = [MESSAGE_QUEUE_PARAMETERS, ENFORCED_BATCH_PARAMETERS]
  const users = [to.scrollMessenger, to.scrollChain, to.enforcedTxGateway]
  const list = [
    ...CREATED.map(create),
    upgrade('systemConfig'),
    call('SystemConfig', to.systemConfig, 'initialize', owner, signer, ...parameters),
    upgrade('messageQueueV1'),
    create('enforcedTxGateway'),
    upgrade('enforcedTxGateway'),
    call('EnforcedTxGateway', to.enforcedTxGateway, 'initialize'),
    call('L1MessageQueueV1', to.messageQueueV1, 'initialize', ...users, zero, MESSAGE_QUEUE_PARAMETERS.maxGasLimit),
    // It takes over where V1 ends: at index 0.
    upgrade('messageQueueV2'),
    call('L1MessageQueueV2', to.messageQueueV2, 'initialize'),
    upgrade('scrollMessenger'),
    call('L1ScrollMessenger', to.scrollMessenger, 'initialize', L2_MESSENGER, vault, to.scrollChain, to.messageQueueV2),
    upgrade('scrollChain'),
    chain('initialize', to.messageQueueV1, to.rollupVerifier, 100n),
    chain('initializeV2'),
    chain('importGenesisBatch', genesis.header, genesis.stateRoot),
    chain('addSequencer', account(SEQUENCER).address),
    chain('addProver', account(PROVER).address),
  ]
  return list
}
