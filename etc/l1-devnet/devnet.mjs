// Runs an L1 with the contracts, and a sequencer that follows it, until it is told to end:
//
//   node devnet.mjs --anvil PROGRAM --node PROGRAM [--l1-port N] [--l2-port N] [-- FLAGS of the node]
//
// Port 0 is any that is free. What the sequencer writes goes to standard output.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { SIGNER, USERS, account, key } from './accounts.mjs'
import { deploy } from './deploy.mjs'

// Seconds from one L1 block to the next.
const L1_BLOCK_TIME = 1
// Gets what the sample command sends. Nobody has used it.
const TARGET = '0x00000000000000000000000000000000000A11ce'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    anvil: { type: 'string' },
    node: { type: 'string' },
    'l1-port': { type: 'string', default: '9545' },
    'l2-port': { type: 'string', default: '8545' },
  },
})
if (!values.anvil || !values.node) throw new Error('--anvil and --node are needed: the two programs')

const directory = mkdtempSync(join(tmpdir(), 'rollup-devnet-'))
// In the order in which they are started.
const programs = []
let isEnding = false

/** Starts a program, and hands over each line that it writes. */
function start(name, program, args, onLine) {
  // A Ctrl-C in the terminal is for this process alone: it ends the others in order.
  const options = { detached: true, stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, HOME: directory } }
  const child = spawn(program, args, options)
  const ended = new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message))
    child.on('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
  })
  ended.then((how) => {
    if (!isEnding) end(1, `${name} has ended: ${how}`)
  })
  programs.push({ child, ended })
  createInterface({ input: child.stdout }).on('line', onLine)
}

/** Ends what was started, the last one first, and this process. */
async function end(code, why) {
  if (isEnding) return
  isEnding = true
  if (why) console.error(why)
  for (const { child, ended } of programs.reverse()) {
    child.kill('SIGTERM')
    await ended
  }
  rmSync(directory, { recursive: true, force: true })
  process.exit(code)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => end(0))
process.on('uncaughtException', (error) => end(1, String(error)))
// Nothing of it stays if this process is ended otherwise.
process.on('exit', () => programs.forEach(({ child }) => child.kill('SIGKILL')))

/** Waits for the address in a line of a program. */
function address(name, program, args, pattern, onLine) {
  return new Promise((resolve) => {
    start(name, program, args, (line) => {
      const found = pattern.exec(line)
      if (found) resolve(`http://${found[1]}`)
      onLine(line)
    })
  })
}

const anvilFlags = ['--chain-id', '5', '--slots-in-an-epoch', '1', '--order', 'fifo', '--no-mining']
const anvilArgs = ['--port', values['l1-port'], ...anvilFlags]
const l1 = await address('anvil', values.anvil, anvilArgs, /^Listening on (.+)$/, () => {})
const { summary } = await deploy({ rpc: l1, mine: true })
const call = async (method, ...params) => {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  await fetch(l1, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
}
await call('evm_setIntervalMining', L1_BLOCK_TIME)

const keyFile = join(directory, 'key')
writeFileSync(keyFile, `${key(SIGNER)}\n`, { mode: 0o600 })
const nodeArgs = [
  'node',
  ...['--chain', 'dev', '--datadir', join(directory, 'data'), '--l1.url', l1],
  ...['--sequencer.enabled', '--sequencer.auto-start', '--signer.key-file', keyFile],
  ...['--http', '--http.port', values['l2-port'], ...positionals],
]
const served = /RPC server started name="http" .*addr=(\S+)/
const l2 = await address('the sequencer', values.node, nodeArgs, served, (line) => console.log(line))

const { contracts } = summary
const [sender] = USERS
const send = `cast send --rpc-url ${l1} --private-key ${key(sender)} --value 0.01ether`
const enforced = `"sendTransaction(address,uint256,uint256,bytes)" ${TARGET} 1000000000000000000 100000 0x`
const message = `"sendMessage(address,uint256,bytes,uint256)" ${TARGET} 0 0x 200000`
const lines = (entries) => entries.map(([name, value]) => `  ${name.padEnd(20)}${value}`).join('\n')

console.log(`
L1: ${l1}, a block every ${L1_BLOCK_TIME} s, final 2 blocks later
L2: ${l2}

Contracts on L1:
${lines(Object.entries(contracts))}

Accounts with money on L1 and on L2:
${lines(USERS.map((index) => [`${account(index).address}`, key(index)]).map(([who, what]) => [who, `  ${what}`]))}

The authorized signer is ${summary.accounts.signer}, with the key ${key(SIGNER)}.

An L1 message that moves 1 ether on L2 to ${TARGET}, and what that account has then:

  ${send} ${contracts.enforcedTxGateway} ${enforced}
  cast balance --rpc-url ${l2} ${TARGET}

An L1 message through the messenger:

  ${send} ${contracts.scrollMessenger} ${message}

Ctrl-C ends both.
`)
