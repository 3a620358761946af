// What the suites in JavaScript share: where the node is, the compiled contract, and steps that say their names.
import { readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'

const { HTTP_URL, WS_URL, ADMIN_URL, KEYS, CONTRACT } = process.env

/** Where the node is reached. */
export const urls = { http: HTTP_URL, ws: WS_URL }
/** Private keys of accounts that have ether, and that only this part of the suite uses. */
export const keys = KEYS.split(',')
/** Interface and bytecode of Ledger.sol. */
export const ledger = JSON.parse(readFileSync(CONTRACT, 'utf8'))

/** Milliseconds that a part of a suite may take; what it waits for comes at once. */
const LIMIT = 50_000

let current = 'begins'
setTimeout(() => {
  console.log(`FAILED  ${current}\nit does not come to an end`)
  process.exit(1)
}, LIMIT).unref()

/** Does one step and says so; a step that fails, or does not end, ends the suite. */
export async function step(name, body) {
  current = name
  try {
    const result = await body()
    console.log(`ok      ${name}`)
    return result
  } catch (error) {
    console.log(`FAILED  ${name}\n${error?.stack ?? error}`)
    process.exit(1)
  }
}

/** Calls the node without a client, and gives the whole answer. */
export async function raw(method, params = [], url = urls.http) {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return response.json()
}

async function admin(method) {
  const answer = await raw(`rollupNodeAdmin_${method}`, [], ADMIN_URL)
  if (answer.error) throw new Error(`${method}: ${answer.error.message}`)
}

/** Does something while the node makes no blocks, so that what is sent waits. */
export async function withoutBlocks(body) {
  await admin('disableAutomaticSequencing')
  try {
    return await body()
  } finally {
    await admin('enableAutomaticSequencing')
  }
}

/** Waits until there is a value that is not undefined; the runner of the suite limits the time. */
export async function eventually(read) {
  for (;;) {
    const value = await read()
    if (value !== undefined) return value
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** A proxy in front of the node's WebSocket server, whose connections can be cut. */
export async function wsProxy() {
  const { hostname, port } = new URL(urls.ws)
  const open = new Set()
  const server = createServer((near) => {
    const far = connect(Number(port), hostname)
    for (const [from, to] of [[near, far], [far, near]]) {
      open.add(from)
      from.pipe(to)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        open.delete(from)
        to.destroy()
      })
    }
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `ws://127.0.0.1:${server.address().port}`,
    cut: () => open.forEach((socket) => socket.destroy()),
  }
}

/** Ends the suite, whatever connections are still open. */
export function done() {
  process.exit(0)
}
